"""Prints the image's packages by size.

docker run --rm IMAGE python -m kubeflow.image.sizes
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from pathlib import Path

SHOWN = 12


def main() -> None:
    """Prints a Markdown table of the largest packages of this environment."""
    sizes = {
        str(package.metadata["Name"]): size(package)
        for package in importlib.metadata.distributions()
    }
    largest = sorted(sizes, key=sizes.__getitem__, reverse=True)[:SHOWN]
    print("| package | MB |\n|---|---|")
    for name in largest:
        print(f"| {name} | {sizes[name] / 1e6:.0f} |")
    rest = sum(sizes.values()) - sum(sizes[name] for name in largest)
    print(f"| {len(sizes) - len(largest)} others | {rest / 1e6:.0f} |")
    print(f"| all | {sum(sizes.values()) / 1e6:.0f} |")


def size(package: importlib.metadata.Distribution) -> int:
    """The bytes of a package's files that are there, compiled ones too."""
    files: Iterable[importlib.metadata.PackagePath] = package.files or ()
    return sum(_bytes(Path(str(package.locate_file(file)))) for file in files)


def _bytes(file: Path) -> int:
    compiled = (
        (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc")
        if file.suffix == ".py"
        else ()
    )
    return sum(
        each.stat().st_size for each in (file, *compiled) if each.is_file()
    )


if __name__ == "__main__":
    main()
