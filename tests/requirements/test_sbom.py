"""The software bills of materials list what the locks pin."""

import json
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from requirements import locks, sbom

REPOSITORY = Path(__file__).parents[2]


def test_an_sbom_is_valid_and_lists_the_lock(tmp_path):
    target = sbom.write(REPOSITORY / "requirements/gpu.txt", tmp_path)
    text = target.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    listed = {
        (each["name"], each["version"])
        for each in json.loads(text)["components"]
    }
    pins = locks.pins().items()
    assert listed == {pin for pin, names in pins if "gpu" in names}


def test_every_lock_has_one(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sbom, "write", lambda lock, _: lock.name)
    sbom.main([str(tmp_path / "new" / "directory")])
    written = capsys.readouterr().out.split()
    makefile = (REPOSITORY / "Makefile").read_text()
    assert set(written) == {
        word.removeprefix("requirements/")
        for line in makefile.splitlines()
        for word in line.split()
        if "--output-file" in line
        if word.startswith("requirements/") and word.endswith(".txt")
    }
