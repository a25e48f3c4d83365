"""Which releases an advisory is about, and what OSV's API answers."""

import json

import pytest
import requests

from requirements import advisories

YAML = """
id: PYSEC-1
modified: 2024-01-02T03:04:05Z
affected:
- package: {ecosystem: PyPI, name: Spam_Eggs}
  versions: ["1.0", 1.0.1, not-a-version]
  ranges:
  - type: GIT
    events: [{introduced: "0"}, {fixed: abc}]
"""


def advisory(*events):
    package = {"ecosystem": "PyPI", "name": "spam"}
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}]
    return {"id": "A-1", "affected": [{"package": package, "ranges": ranges}]}


@pytest.mark.parametrize(
    ("events", "hit", "missed"),
    [
        ([{"introduced": "0"}], ["0.1", "9"], []),
        ([{"fixed": "2"}, {"introduced": "1"}], ["1", "1.9"], ["0.9", "2"]),
        (
            [{"introduced": "1"}, {"last_affected": "2"}],
            ["1", "2"],
            ["0.9", "2.0.1"],
        ),
        (
            [{"introduced": "1.9"}, {"fixed": "1.10"}, {"introduced": "2"}],
            ["1.9", "1.9.9", "3"],
            ["1.8", "1.10", "1.11"],
        ),
    ],
    ids=["all", "until fixed", "until the last", "twice"],
)
def test_a_range_holds_what_lies_between_its_events(events, hit, missed):
    found = {
        version
        for version in hit + missed
        if advisories.affecting([advisory(*events)], "spam", version)
    }
    assert found == set(hit)


def test_osvs_api_is_served_from_files(tmp_path):
    (tmp_path / "vulns").mkdir()
    (tmp_path / "vulns" / "a.yaml").write_text(YAML)
    (tmp_path / "b.json").write_text(json.dumps(advisory({"introduced": "3"})))
    (tmp_path / "README.md").write_text("none: of: these")
    found = advisories.read(tmp_path)

    def ids(name, version):
        package = {"name": name, "ecosystem": "PyPI"}
        query = {"package": package, "version": version}
        answer = requests.post(url, json=query, timeout=10).json()
        return [each["id"] for each in answer.get("vulns", [])]

    with advisories.serve(found) as url:
        assert ids("spam-eggs", "1.0.1") == ["PYSEC-1"]
        assert ids("spam-eggs", "1.0.2") == []
        assert ids("spam", "4.0") == ["A-1"]


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ValueError, match=r"a\.json is neither YAML nor JSON"):
        advisories.read(tmp_path)
