"""What several machines train now: one file in the run's root."""

from __future__ import annotations

import dataclasses
import importlib
import json
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

from modules.common.digests import source_digest
from modules.common.errors import UserError

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

FOLDER = "checkpoints"
"""Of the root, where all machines see it."""
FILE = "multi_worker.json"
SAME = "this machine has; expected the same commit on all machines."


@dataclasses.dataclass(frozen=True)
class Call:
    """What to train: `run_fn` of a module, and those of its arguments it reads.

    Attributes:
      module: dotted; has `run_fn`.
      train_files: as in TFX's `FnArgs`, like the rest.
      source: the digest of the module's code.
      key: different for every call.
    """

    module: str
    train_files: list[str]
    base_model: str | None
    serving_model_dir: str
    model_run_dir: str
    hyperparameters: dict[str, Any] | None
    custom_config: dict[str, Any]
    source: str
    key: str

    @classmethod
    def of(cls, module: str, fn_args: FnArgs) -> Self:
        """The call of this module's `run_fn` with these arguments."""
        return cls(
            module=module,
            train_files=fn_args.train_files,
            base_model=fn_args.base_model,
            serving_model_dir=fn_args.serving_model_dir,
            model_run_dir=fn_args.model_run_dir,
            hyperparameters=fn_args.hyperparameters,
            custom_config=fn_args.custom_config,
            source=source_digest(module),
            key=uuid.uuid4().hex,
        )

    def run(self) -> None:
        """Calls it."""
        arguments: Any = SimpleNamespace(**dataclasses.asdict(self))
        importlib.import_module(self.module).run_fn(arguments)


def read(file: Path) -> Call | None:
    """The call in `file`, if it is there.

    Raises:
      UserError: if other code wrote it.
    """
    try:
        return Call(**json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise UserError(f"{file} is not what {SAME}") from error
