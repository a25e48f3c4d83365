"""Real images, where they lie beside the repository."""

import subprocess
import sys
from pathlib import Path

import pytest

IMAGES = Path(__file__).parents[3] / "shared" / "cifar10"


@pytest.fixture(scope="session")
def real_data(tmp_path_factory):
    """CIFAR-10 (JPEG copy) in the binary layout, rebuilt from its images."""
    if not IMAGES.is_dir():
        pytest.skip(f"NO REAL DATA: {IMAGES} is not there.")
    target = tmp_path_factory.mktemp("cifar10")
    subprocess.run(
        [sys.executable, IMAGES / "make_cifar10.py", target], check=True
    )
    return target
