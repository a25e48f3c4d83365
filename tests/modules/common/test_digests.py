"""An edit changes exactly the digests of what depends on it."""

import os
import pathlib

import pytest

from modules.common import digests
from modules.common.errors import UserError

SOURCES = {
    "modules/__init__.py": "",
    "modules/caps.py": "import numpy\n",
    "modules/errors.py": "",
    "modules/preprocessing.py": "from modules import caps\nimport tensorflow\n",
    "modules/trainer.py": (
        "def run_fn():\n    from modules.errors import UserError\n"
    ),
    "modules/lonely.py": "import json\n",
    "modules/cycle_a.py": "import modules.cycle_b\n",
    "modules/cycle_b.py": "import modules.cycle_a\n",
    "modules/evaluation/__init__.py": "from .metrics import psnr\n",
    "modules/evaluation/metrics.py": "from .. import errors\n",
    "modules/evaluation/configs.py": "",
    "modules/schema/schema.pbtxt": "feature {}\n",
    "components/__init__.py": "",
    "components/gate/__init__.py": "",
    "components/gate/component.py": (
        "from components.gate import executor\n"
        "from modules.evaluation.configs import build\n"
    ),
    "components/gate/executor.py": "from . import reasons as why\n",
    "components/gate/reasons.py": "",
    "pipeline/__init__.py": "",
}

# What each target depends on, apart from the `__init__`s of its packages.
DEPENDENCIES = {
    "modules.caps": {"modules/caps.py"},
    "modules.preprocessing": {"modules/preprocessing.py", "modules/caps.py"},
    "modules.trainer": {"modules/trainer.py", "modules/errors.py"},
    "modules.cycle_a": {"modules/cycle_a.py", "modules/cycle_b.py"},
    "modules.evaluation.configs": {
        "modules/evaluation/__init__.py",
        "modules/evaluation/configs.py",
        "modules/evaluation/metrics.py",
        "modules/errors.py",
    },
    "components.gate.component": {
        "components/__init__.py",
        "components/gate/__init__.py",
        "components/gate/component.py",
        "components/gate/executor.py",
        "components/gate/reasons.py",
        "modules/evaluation/__init__.py",
        "modules/evaluation/configs.py",
        "modules/evaluation/metrics.py",
        "modules/errors.py",
    },
    "modules/schema/schema.pbtxt": {"modules/schema/schema.pbtxt"},
}


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    for name, source in SOURCES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    return tmp_path


@pytest.mark.parametrize("target", DEPENDENCIES)
def test_an_edit_invalidates_exactly_what_depends_on_it(root, target):
    before = digests.source_digest(target, root=root)
    changing = set()
    for name, source in SOURCES.items():
        (root / name).write_text(source + "# Edited.\n")
        if digests.source_digest(target, root=root) != before:
            changing.add(name)
        (root / name).write_text(source)
    assert digests.source_digest(target, root=root) == before
    always = set() if "/" in target else {"modules/__init__.py"}
    assert changing == DEPENDENCIES[target] | always


def test_a_digest_of_several_sources_is_of_their_union(root):
    both = digests.source_digest(
        "modules.preprocessing", "modules.caps", root=root
    )
    assert both == digests.source_digest("modules.preprocessing", root=root)
    assert both != digests.source_digest("modules.caps", root=root)


def test_where_the_project_lies_does_not_matter(root, tmp_path_factory):
    moved = tmp_path_factory.mktemp("moved") / "project"
    before = digests.source_digest("modules.trainer", root=root)
    root.rename(moved)
    assert digests.source_digest("modules.trainer", root=moved) == before


def test_a_pattern_is_all_its_files(root):
    before = digests.source_digest("modules/schema/*", root=root)
    (root / "modules/schema/other.pbtxt").write_text("")
    assert digests.source_digest("modules/schema/*", root=root) != before


@pytest.mark.parametrize("name", ["modules.nothing", "modules/nothing*"])
def test_a_source_that_is_not_there_is_an_error(root, name):
    with pytest.raises(UserError, match="there is no source 'modules"):
        digests.source_digest(name, root=root)


def test_transform_depends_on_the_caps_and_not_on_the_trainers():
    files = {
        file.name
        for file in digests._closure(["modules.preprocessing"], digests._ROOT)
    }
    assert files == {
        "__init__.py",
        "preprocessing.py",
        "features.py",
        "keys.py",
        "caps.py",
        "errors.py",
    }


def test_content_counts_and_place_does_not(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "a.bin").write_bytes(b"a" * 3_000_000)
        (folder / "b.bin").write_bytes(b"b")
    digest = digests.content_digest([old / "a.bin", old / "b.bin"])
    assert digest == digests.content_digest([new / "b.bin", new / "a.bin"])
    os.utime(new / "b.bin", (0, 0))
    assert digest == digests.content_digest(new.iterdir())
    (new / "b.bin").write_bytes(b"c")
    assert digest != digests.content_digest(new.iterdir())


def test_names_count_and_bytes_do_not_move_between_files(tmp_path):
    (tmp_path / "a").write_bytes(b"xy")
    (tmp_path / "b").write_bytes(b"")
    before = digests.content_digest(tmp_path.iterdir())
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").write_bytes(b"y")
    assert digests.content_digest(tmp_path.iterdir()) != before
    (tmp_path / "a").write_bytes(b"xy")
    (tmp_path / "b").rename(tmp_path / "c")
    (tmp_path / "c").write_bytes(b"")
    assert digests.content_digest(tmp_path.iterdir()) != before
