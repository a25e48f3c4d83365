"""CIFAR-10 several times over, with no image twice: for benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from components.image_example_gen.layout import CIFAR10
from modules.common.errors import UserError

if TYPE_CHECKING:
    from components.image_example_gen.image_set import ImageSpec
    from pipeline.data.source import DataSource

MAX_TIMES = 256


def write(
    source: DataSource, spec: ImageSpec, times: int, directory: Path
) -> None:
    """Writes files of the same names, `times` as large.

    The copies of an image differ in the red value of its first pixel.

    Args:
      source: the data set, in CIFAR-10's layout; so is what is written, since
        to read another format takes another time.
      spec: of its images.
      times: from 1 to `MAX_TIMES`.
      directory: for the files; made if need be.

    Raises:
      UserError: if the data set is in another layout.
    """
    if source.format != CIFAR10.format or spec.layout:
        raise UserError(
            f"{source.uri} is in the format {source.format}, expected CIFAR-10 "
            "for several times the data; leave --times out."
        )
    directory.mkdir(parents=True, exist_ok=True)
    for name in CIFAR10.names:
        content = np.fromfile(Path(source.uri) / name, np.uint8)
        side = spec.image_size
        records = content.reshape(-1, CIFAR10.label_bytes + 3 * side**2)
        first_red = records[:, CIFAR10.label_bytes].copy()
        with (directory / name).open("wb") as file:
            for copy in range(times):
                records[:, CIFAR10.label_bytes] = first_red ^ np.uint8(copy)
                file.write(records.tobytes())
