"""What reads the files of runs and versions never ends in a traceback."""

import contextlib
import dataclasses
import io
import json
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings

from cli import main
from modules.common import manifest
from modules.common.errors import UserError
from modules.export.metadata import MODEL_JSON, read_description
from tests.fuzz import tampered
from tests.support.components import pushed
from tests.support.pipeline import records

ONE, OTHER = "20261122-100000", "20261123-110000"
VERSION = "1700000000"

quick = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("tampered") / "root"
    for run in ONE, OTHER:
        records.write(root, run)
        (root / "reports").mkdir(exist_ok=True)
        (root / "reports" / f"{run}.html").write_text("a page")
    pushed.add(root / "serving" / "cifar10", VERSION, "m")
    return root


@contextlib.contextmanager
def changed(path, text):
    """The file with another text, for a while."""
    before = path.read_text()
    path.write_text(text, errors="surrogatepass")
    try:
        yield
    finally:
        path.write_text(before)


def cifar10(*arguments):
    """Runs a command, whose errors must be one line; the exit code."""
    streams = [
        io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
        for _ in "oe"
    ]
    with (
        contextlib.redirect_stdout(streams[0]),
        contextlib.redirect_stderr(streams[1]),
        mock.patch.dict("os.environ", COLUMNS="200"),
        pytest.raises(SystemExit) as exit_info,
    ):
        main.main([str(argument) for argument in arguments])
    error = streams[1].buffer.getvalue().decode()
    code = exit_info.value.code or 0
    assert code in (0, 1)
    lines = [line for line in error.split("\n") if line]
    assert all(line.startswith(("error: ", "skipped: ")) for line in lines)
    assert bool(code) == any(line.startswith("error: ") for line in lines)
    return code


RECORD = json.loads(
    json.dumps(
        {
            **dataclasses.asdict(records.RECORD),
            **records.result(records.predictions(seed=0)),
        }
    )
)


@pytest.mark.parametrize(
    "command",
    [
        ("runs",),
        ("runs", "--json"),
        ("report", ONE),
        ("report",),
        ("compare", ONE, OTHER),
        ("models",),
        ("models", "--json"),
    ],
    ids=" ".join,
)
@quick
@given(text=tampered.files(RECORD))
def test_a_tampered_record(root, command, text):
    with changed(root / "logs" / f"{ONE}.json", text):
        cifar10(*command, "--root", root)


DESCRIPTION = {
    "class_names": ["cat", "dog"],
    "capped_classes": ["dog"],
    "lineage": {"model_digest": "m", "data_digest": "d", "seed": 0},
    "model_name": "cifar10",
    "image_size": 32,
    "caps": {"dog": 5},
    "temperature": 1.5,
    "test_time_augmentation": "flip",
}


@quick
@given(text=tampered.files(DESCRIPTION))
def test_a_tampered_description(root, text):
    version = root / "serving" / "cifar10" / VERSION
    with changed(version / MODEL_JSON, text):
        assert cifar10("models", "--root", root) == 0
        with contextlib.suppress(UserError):
            read_description(version)


@quick
@given(
    text=tampered.files({"files": [{"path": "a/b", "size": 3, "sha256": "c"}]})
)
def test_a_tampered_manifest(root, text):
    version = root / "serving" / "cifar10" / VERSION
    with changed(version / manifest.MANIFEST, text):
        assert cifar10("models", "--root", root) == 0
        assert all("\n" not in each for each in manifest.verify(version))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("saved_model.pb", b"graph"),
        ("saved_model.pb", b""),
        ("saved_model.pb", b"\x0a\xff\xff\xff\xff\x0f"),
        ("assets.extra/model.json", b"["),
        ("assets.extra/manifest.json", b"\xff"),
    ],
)
def test_predicting_with_a_damaged_version_is_one_line(root, file, content):
    version = root / "serving" / "cifar10" / VERSION
    before = (version / file).read_bytes()
    (version / file).write_bytes(content)
    try:
        given = ("predict", __file__, "--top", "2", "--model", version)
        assert cifar10(*given) == 1
    finally:
        (version / file).write_bytes(before)


def test_a_file_in_a_versions_place_is_no_version(root):
    model = root / "serving" / "cifar10"
    for name in ("1800000000", "[x]", "99999999999999999999", "\udcff"):
        (model / name).write_text("no directory")
    (model / "1900000000").mkdir()
    assert cifar10("models", "--root", root) == 0
    assert cifar10("predict", __file__, "--model", model) == 1
