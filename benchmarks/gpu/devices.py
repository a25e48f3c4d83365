"""What accelerators there are, and which of Keras's backends can use them."""

from __future__ import annotations

import collections
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

from modules.common.errors import UserError

PROBES = {
    "tensorflow": """
import json, tensorflow as tf
details = tf.config.experimental.get_device_details
devices = tf.config.list_physical_devices("GPU")
print(json.dumps([details(d).get("device_name", d.name) for d in devices]))
""",
    "jax": """
import json, jax
print(json.dumps([d.device_kind for d in jax.devices() if d.platform != "cpu"]))
""",
}
"""By backend, programs that print the names of its accelerators as JSON."""


def accelerators(backend: str) -> list[str]:
    """The names of the GPUs, or the like, that a backend sees; [] without it.

    In a process that ends: the first look takes most of a GPU's memory.
    """
    found = subprocess.run(
        [sys.executable, "-c", PROBES[backend]],
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(found.stdout) if found.returncode == 0 else []


def choose(
    found: Mapping[str, Sequence[str]], *, allow_cpu: bool
) -> tuple[str, str]:
    """The first backend with an accelerator, and what that is called.

    Args:
      found: the accelerators' names by backend, the preferred one first.
      allow_cpu: whether the first backend may do without.

    Raises:
      UserError: if there is none.
    """
    for backend, names in found.items():
        if backend == "jax" and names:
            return backend, names[0]  # The others stay idle.
        if names:
            counts = collections.Counter(names)
            each = (f"{n} x {name}" for name, n in counts.items())
            return backend, ", ".join(each).removeprefix("1 x ")
    if allow_cpu:
        return next(iter(found)), "CPU"
    raise UserError(
        f"there is no accelerator that {' or '.join(found)} can use; install "
        "requirements/gpu.txt, or the extra 'jax' and JAX's plugin for the "
        "device; or try it on the processor: --allow-cpu --epochs 1."
    )
