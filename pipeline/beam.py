"""Where Beam runs, and the arguments that tell it so.

By default, in this process. A `Profile` names another engine; as a file:

    runner = "flink"                 # flink, spark, portable or dataflow
    endpoint = "localhost:8099"      # Beam's job server
    environment = "localhost:50000"  # its workers, see `Profile`
    parallelism = 4
    temp_location = ""               # dataflow: gs://…
    args = ["--save_main_session"]   # further arguments, for Beam

What Beam computes does not depend on it, nor does any cache key.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import re
import socket
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, Self, get_args

from modules.common import fields
from modules.common.errors import UserError
from modules.common.home import expanded

SUFFIX = ".toml"
LOOPBACK = "loopback"

Runner = Literal["local", "flink", "spark", "portable", "dataflow"]

_LOCAL = (
    # Beam's default runner first tries to download another one.
    "--runner=FnApiRunner",
    "--direct_running_mode=multi_threading",
)
_SETUP_FILE = Path(__file__).parents[1] / "setup.py"
_HAVE_PACKAGES = "--sdk_container_image=none"  # Else TFX builds one for them.
_ADDRESS = re.compile(r"[A-Za-z0-9.-]+:\d{1,5}")
_SDK_IMAGE = re.compile(r"beam_python(?P<python>[\d.]+)_sdk:(?P<beam>[\d.]+)")
_PARALLELISM = {"flink": "--parallelism", "dataflow": "--max_num_workers"}
_TEXTS = ("runner", "endpoint", "environment", "temp_location")
_TYPES = {**dict.fromkeys(_TEXTS, str), "parallelism": int, "args": list}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Profile:
    """An engine for Beam.

    Attributes:
      runner: which one; `portable` is any that has a Beam job server.
      endpoint: HOST:PORT of the job server.
      environment: who runs the Python code: `loopback`, this process;
        HOST:PORT, worker pools beside the engine's workers, which have this
        project; or an image that has it, started by Docker or Dataflow.
      parallelism: workers; 0 for the engine's default.
      temp_location: where Dataflow keeps intermediate files, gs://….
      args: further arguments of Beam.
    """

    runner: Runner = "local"
    endpoint: str = "localhost:8099"
    environment: str = LOOPBACK
    parallelism: int = 0
    temp_location: str = ""
    args: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, args: Iterable[str] = ()) -> Self:
        """A profile by the name of a runner or of a file, and more arguments.

        Raises:
          UserError: if there is none of that name, or the file is invalid.
        """
        if name.endswith(SUFFIX):
            found = cls._read(expanded(name))
            return dataclasses.replace(found, args=(*found.args, *args))
        if name not in get_args(Runner):
            known = [*get_args(Runner), f"a {SUFFIX} file"]
            raise UserError(
                f"the runner is {name!r}, expected {fields.any_of(known)}."
            )
        return cls(runner=name, args=tuple(args))  # type: ignore[arg-type]

    @classmethod
    def _read(cls, file: Path) -> Self:
        try:
            values = tomllib.loads(file.read_text("utf-8-sig"))
        except OSError as error:
            raise UserError(
                f"cannot read the Beam profile {file} ({error.strerror}); "
                "expected a TOML file with a runner."
            ) from error
        except ValueError as error:
            raise UserError(f"{file} is not TOML ({error}).") from error
        for name, value in values.items():
            wanted = _TYPES.get(name)
            if wanted is None:
                raise UserError(
                    f"{file}: found {name}, expected {fields.any_of(_TYPES)}."
                )
            if type(value) is not wanted:
                kind = wanted.__name__
                raise UserError(f"{file}: {name} is {value!r}, not a {kind}.")
        args = tuple(map(str, values.pop("args", ())))
        profile = cls.of(values.pop("runner", "local"))
        return dataclasses.replace(profile, **values, args=args)

    def arguments(self) -> tuple[str, ...]:
        """What Beam is told, for a run from this machine.

        Nothing is ever built from the setup file; without it TFX builds a
        package of itself for each component.
        """
        if self.runner == "local":
            setup = f"--setup_file={_SETUP_FILE}"
            return *_LOCAL, workers(0), setup, *self.args
        spread = []
        if self.parallelism:
            spread = [f"{_PARALLELISM[self.runner]}={self.parallelism}"]
        if self.runner == "dataflow":
            return (
                "--runner=DataflowRunner",
                f"--temp_location={self.temp_location}",
                f"--sdk_container_image={self.environment}",
                *spread,
                *self.args,
            )
        return (
            "--runner=PortableRunner",
            f"--job_endpoint={self.endpoint}",
            *self._environment(),
            *spread,
            *self.args,
        )

    def _environment(self) -> tuple[str, ...]:
        if self.environment == LOOPBACK:
            return "--environment_type=LOOPBACK", _HAVE_PACKAGES
        if _ADDRESS.fullmatch(self.environment):
            return (
                "--environment_type=EXTERNAL",
                f"--environment_config={self.environment}",
                _HAVE_PACKAGES,
            )
        return (
            "--environment_type=DOCKER",
            f"--environment_config={self.environment}",
            f"--sdk_container_image={self.environment}",
        )

    def check(self) -> None:
        """Looks at what can be known before a run.

        Raises:
          UserError: if the job server cannot be reached, a worker image has
            another Beam or Python, or Dataflow lacks an argument.
        """
        if self.runner == "local":
            return
        if self.parallelism and self.runner not in _PARALLELISM:
            raise UserError(
                f"parallelism is {self.parallelism} for {self.runner}, which "
                "has it in its own configuration; leave it out."
            )
        if found := _SDK_IMAGE.search(self.environment):
            _require_same_versions(self.environment, found)
        if self.runner == "dataflow":
            self._check_dataflow()
        else:
            _require_reachable(self.endpoint, self.runner)

    def _check_dataflow(self) -> None:
        if not self.temp_location.startswith("gs://"):
            raise UserError(
                f"temp_location is {self.temp_location!r}, expected gs://… for "
                "the runner dataflow; set it in the Beam profile."
            )
        if self.environment == LOOPBACK:
            raise UserError(
                "the environment is loopback, expected an image for dataflow; "
                "build the target beam-worker and name it."
            )
        for name in ("--project", "--region"):
            if not any(a.startswith(f"{name}=") for a in self.args):
                raise UserError(
                    f"found no {name} for the runner dataflow; give it with "
                    f"--beam-arg {name}=…"
                )


LOCAL = Profile()


def container_arguments(
    image: str, profile: Profile = LOCAL
) -> tuple[str, ...]:
    """What Beam is told in a step whose container has `image`.

    By default, workers are in the step's process. Without being told where
    workers get the code, TFX builds a package of itself for each step.

    Raises:
      UserError: if the profile's workers would have to reach the step.
    """
    if profile.runner == "local":
        return *_LOCAL, f"--sdk_container_image={image}", *profile.args
    if profile.environment == LOOPBACK:
        raise UserError(
            "the Beam environment is loopback, which a step on Kubeflow cannot "
            "be; expected HOST:PORT of worker pools, or an image."
        )
    return profile.arguments()


def workers(count: int) -> str:
    """The argument for `count` local workers; 0 for one a processor."""
    return f"--direct_num_workers={count}"


def _require_same_versions(image: str, found: re.Match[str]) -> None:
    python = ".".join(map(str, sys.version_info[:2]))
    here = (python, importlib.metadata.version("apache-beam"))
    if (found["python"], found["beam"]) != here:
        raise UserError(
            f"the workers' image {image} has Python {found['python']} and Beam "
            f"{found['beam']}, expected {here[0]} and {here[1]}, as here."
        )


def _require_reachable(endpoint: str, runner: str) -> None:
    if not _ADDRESS.fullmatch(endpoint):
        raise UserError(
            f"the endpoint is {endpoint!r}, expected HOST:PORT of the Beam job "
            "server."
        )
    try:
        host, port = endpoint.split(":")
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, OverflowError) as error:
        raise UserError(
            f"no Beam job server answers at {endpoint} ({error}); start the "
            f"one for {runner}, or name another in the Beam profile."
        ) from error
