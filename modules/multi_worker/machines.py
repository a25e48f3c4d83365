"""The machines of a training: `TF_CONFIG`, as TensorFlow documents it.

Without TensorFlow, so that a mistake in it is found before anything starts.
"""

from __future__ import annotations

import dataclasses
import json
import socket
from collections.abc import Mapping
from typing import Self

from modules.common.errors import UserError

VARIABLE = "TF_CONFIG"
MODULE = "modules.multi_worker.worker"

_TRAIN = ("chief", "worker")  # TensorFlow has other tasks, which do not.


@dataclasses.dataclass(frozen=True)
class Machines:
    """The machines that train together, and which of them this is.

    Attributes:
      addresses: HOST:PORT of each; none if this machine trains alone.
      own: the index of this machine.
    """

    addresses: tuple[str, ...] = ()
    own: int = 0

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Those that an environment names in `TF_CONFIG`.

        Raises:
          UserError: if that is not what TensorFlow expects.
        """
        text = environment.get(VARIABLE)
        if not text:
            return cls()
        try:
            config = json.loads(text)
            jobs = config.get("cluster", {})
            tasks = [
                (job, i)
                for job in _TRAIN
                for i in range(len(jobs.get(job, ())))
            ]
            addresses = tuple(str(jobs[job][i]) for job, i in tasks)
            if len(addresses) < 2:
                return cls()
            task = config["task"]
            return cls(addresses, tasks.index((task["type"], task["index"])))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UserError(
                f"{VARIABLE} is {text!r}, which names no machine of a cluster; "
                'expected {"cluster": {"worker": ["HOST:PORT", …]}, "task": '
                '{"type": "worker", "index": N}}, N from 0.'
            ) from error

    @property
    def first(self) -> bool:
        """Whether this one runs the pipeline and exports the model."""
        return self.own == 0

    def first_answers(self) -> bool:
        """Whether the first one still listens."""
        host, _, port = self.addresses[0].rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), 5).close()
        except OSError:
            return False
        return True

    def require_first(self) -> None:
        """Raises a UserError on a machine that only assists."""
        if not self.first:
            raise UserError(
                f"{VARIABLE} says that this is machine {self.own} of "
                f"{len(self.addresses)}, counted from 0; the pipeline runs on "
                f"machine 0. Start 'python -m {MODULE} ROOT' here."
            )

    def require_equal_parts(self, batch_size: int) -> None:
        """Raises a UserError unless all get as much of each batch.

        Their gradients count alike, however many images they are of.
        """
        if self.addresses and batch_size % len(self.addresses):
            raise UserError(
                f"the batch size is {batch_size}, expected a multiple of the "
                f"{len(self.addresses)} machines in {VARIABLE}. Choose one "
                "with --set classifier.batch_size=N."
            )
