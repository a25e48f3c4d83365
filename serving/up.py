"""`make serve`: TF Serving for the models of a root, by Docker Compose.

python -m serving.up ROOT [argument of `docker compose`...]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from modules.common.errors import UserError
from pipeline.paths import Paths
from serving.versions import labels

COMPOSE = Path(__file__).parent / "compose.yaml"
MONITORING = Path(__file__).parent / "config" / "monitoring.config"
DAEMON_TIMEOUT = 30.0


def command(arguments: Sequence[str]) -> list[str]:
    """The command line that starts the server, or does as `arguments` say."""
    return [
        *("docker", "compose", "--file", str(COMPOSE)),
        *(arguments or ("up", "--wait")),
    ]


def missing() -> str:
    """What is missing of Docker here; "" if nothing is."""
    if shutil.which("docker") is None:
        return "Docker is not installed"
    for what, probe in (
        ("its Compose plugin is not installed", ["compose", "version"]),
        ("its daemon does not answer", ["info"]),
    ):
        try:
            subprocess.run(
                ["docker", *probe],
                check=True,
                capture_output=True,
                timeout=DAEMON_TIMEOUT,
            )
        except (OSError, subprocess.SubprocessError):
            return f"Docker is installed, but {what}"
    return ""


def advice(why: str, serving_root: Path) -> str:
    """What to do where there is no Docker."""
    config = labels.complete(serving_root, mount=str(serving_root))
    name = labels.models(serving_root)[0]
    return (
        f"{why}; TF Serving is published as a Docker image, and as a package "
        "for some systems.\n"
        "Install Docker with Compose, and run `make serve` again;\n"
        "or install tensorflow_model_server, and run\n"
        "  tensorflow_model_server --port=8500 --rest_api_port=8501 \\\n"
        f"    --model_config_file={config} \\\n"
        f"    --monitoring_config_file={MONITORING} \\\n"
        "    --model_config_file_poll_wait_seconds=10 \\\n"
        "    --file_system_poll_wait_seconds=10 \\\n"
        "    --load_retry_interval_micros=1000000 \\\n"
        "    --allow_version_labels_for_unavailable_models=true\n"
        "or predict without a server:\n"
        f"  cifar10 predict IMAGE... --model {serving_root / name}"
    )


def main(arguments: Sequence[str]) -> None:
    """Starts the server.

    Raises:
      UserError: if there is no model, or no Docker.
    """
    root, *rest = arguments or ("runs",)
    serving_root = Paths.under(Path(root)).serving
    labels.complete(serving_root)
    if why := missing():
        raise UserError(advice(why, serving_root))
    os.environ["SERVING_ROOT"] = str(serving_root)
    line = command(rest)
    os.execvp(line[0], line)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except UserError as error:
        sys.exit(f"error: {error}")
