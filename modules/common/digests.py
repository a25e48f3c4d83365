"""Digests that make a component rerun when its dependencies change.

TFX hashes neither the code that a component imports nor the files that it is
given. These digests go into execution properties, so that an edit invalidates
exactly the components whose code, transitively, contains it. Standard library
only, and nothing is imported to be read: this runs on every start of the
command line.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import pathlib
from collections.abc import Iterable, Iterator

from modules.common.errors import UserError

PACKAGES = ("modules", "components")
_ROOT = pathlib.Path(__file__).resolve().parents[2]
_CHUNK = 1 << 20


def source_digest(*names: str, root: pathlib.Path = _ROOT) -> str:
    """SHA-256 over the named sources and all they import of this project.

    The packages followed are `PACKAGES`, everywhere a module names them: also
    in function bodies, relatively, and as submodules (`from package import
    submodule`); a package's `__init__` belongs to each of its modules. What is
    loaded by a name made at run time is not seen.

    Args:
      *names: dotted modules (`modules.preprocessing`), or files by their path
        under the root, or a pattern of paths (`modules/schema/*.pbtxt`).
      root: the directory that holds the packages.

    Raises:
      UserError: if a named module or file does not exist.
    """
    digest = hashlib.sha256()
    for file in sorted(_closure(names, root)):
        _update(digest, file.relative_to(root).as_posix(), [file.read_bytes()])
    return digest.hexdigest()


def content_digest(paths: Iterable[str | pathlib.Path]) -> str:
    """SHA-256 over the contents and names of files, in any order.

    Of a path only the last part counts, so that moved data is the same data.

    Raises:
      OSError: if a file cannot be read.
    """
    digest = hashlib.sha256()
    for path in sorted(map(pathlib.Path, paths), key=lambda p: (p.name, p)):
        _update(digest, path.name, _chunks(path))
    return digest.hexdigest()


def _update(digest: hashlib._Hash, name: str, chunks: Iterable[bytes]) -> None:
    """Adds one file, so that no two lists of files add the same bytes."""
    content = hashlib.sha256()
    for chunk in chunks:
        content.update(chunk)
    digest.update(hashlib.sha256(name.encode()).digest() + content.digest())


def _chunks(path: pathlib.Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _closure(names: Iterable[str], root: pathlib.Path) -> set[pathlib.Path]:
    """The files of the named sources and of all they import."""
    found: set[pathlib.Path] = set()
    waiting = [file for name in names for file in _named(name, root)]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting.extend(_dependencies(file, root))
    return found


def _named(name: str, root: pathlib.Path) -> list[pathlib.Path]:
    """The file of a module, or all files of a path or pattern."""
    if "/" in name:
        found = [file for file in root.glob(name) if file.is_file()]
    else:
        module = _module_file(name, root)
        found = [module] if module else []
    if not found:
        raise UserError(
            f"there is no source {name!r} under {root}; name a module "
            "(modules.caps) or a file (modules/schema/schema.pbtxt)."
        )
    return found


def _module_file(name: str, root: pathlib.Path) -> pathlib.Path | None:
    """The source file of a module or package, if there is one."""
    path = root.joinpath(*name.split("."))
    for file in (path / "__init__.py", path.with_suffix(".py")):
        if file.is_file():
            return file
    return None


def _dependencies(
    file: pathlib.Path, root: pathlib.Path
) -> Iterator[pathlib.Path]:
    """The project's files that importing a module runs directly."""
    if file.suffix != ".py":
        return
    package = file.relative_to(root).parent.parts
    for name in (".".join(package), *_imports(file.read_bytes(), package)):
        # Importing a.b.c runs a, a.b and a.b.c; the last need not be a module,
        # but may be a name that the one before defines.
        pieces = name.split(".")
        for end in range(1, len(pieces) + 1):
            if module := _module_file(".".join(pieces[:end]), root):
                yield module


@functools.cache
def _imports(source: bytes, package: tuple[str, ...]) -> frozenset[str]:
    """The dotted names in `PACKAGES` that a source's imports mention."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # One dot is the package itself, each further dot its parent.
            base = (
                package[: len(package) + 1 - node.level] if node.level else ()
            )
            module = (node.module,) if node.module else ()
            names.update(
                ".".join((*base, *module, alias.name)) for alias in node.names
            )
    return frozenset(n for n in names if n.split(".")[0] in PACKAGES)
