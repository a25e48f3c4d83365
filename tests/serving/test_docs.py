"""The examples in docs/SERVING.md do what they say."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from modules.common.image_header import MAX_PIXELS
from serving.client import Client

PATH = "/usr/bin:/bin"
REPOSITORY = Path(__file__).parents[2]
TEXT = (REPOSITORY / "docs" / "SERVING.md").read_text()
EXAMPLES = re.findall(r"<!-- tested -->\n```(\w+)\n(.*?)```", TEXT, re.DOTALL)


def require_curl():
    """The tests must pass with what the README lists, which it is not of."""
    if shutil.which("curl", path=PATH) is None:
        pytest.skip("curl is not installed")


@pytest.mark.parametrize(
    ("language", "code"),
    EXAMPLES,
    ids=[f"{i}-{language}" for i, (language, _) in enumerate(EXAMPLES)],
)
def test_an_example_prints_the_class(language, code, server, pngs, tmp_path):
    if code.startswith("curl") or "\ncurl" in code:
        require_curl()
    (tmp_path / "cat.png").write_bytes(pngs[0])
    code = code.replace("localhost:8500", server.grpc)
    code = code.replace("localhost:8501", server.rest)
    command = {"python": [sys.executable, "-c"], "sh": ["bash", "-euc"]}
    done = subprocess.run(
        [*command[language], code],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PATH": PATH, "PYTHONPATH": str(REPOSITORY)},
    )
    assert done.returncode == 0, done.stderr
    with Client(server.grpc) as client:
        (prediction,) = client.predict(pngs[:1])
    assert prediction.class_name in done.stdout


def test_the_limits_of_images_are_told():
    """A photo of 24 megapixels is refused, a wide one squashed."""
    words = " ".join(TEXT.split())
    assert MAX_PIXELS < 24_000_000
    assert f"At most {MAX_PIXELS:,} pixels" in words
    assert "24 megapixels" in words
    assert "The aspect ratio is not kept" in words


def test_there_are_examples_of_every_way_to_ask():
    assert [language for language, _ in EXAMPLES].count("sh") == 1
    assert [language for language, _ in EXAMPLES].count("python") == 5
