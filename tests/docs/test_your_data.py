"""docs/YOUR_DATA.md: the tutorial's files are what the command line takes."""

import re
from pathlib import Path

from pipeline import presets
from pipeline.data import derive
from pipeline.data import source as data_source
from pipeline.data.minimum import require_enough
from pipeline.datasets import files

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "YOUR_DATA.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_digits_are_written_and_ready_to_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, *others = blocks("python")
    assert all("not executed here" in other for other in others)
    exec(compile(code, "YOUR_DATA.md", "exec"), {})
    (toml,) = blocks("toml")
    Path("digits.toml").write_text(toml)
    dataset = derive.choose("digits", "digits.toml")
    assert dataset.class_names == tuple("0123456789")
    assert dataset.grey
    source = data_source.resolve("digits", cache=tmp_path, dataset=dataset)
    assert source.train_count + source.test_count == 1_797
    require_enough(source, dataset)
    config = presets.smoke(dataset)
    assert config.model_name == "digits"
    assert not config.classifier.flip
    assert config.classifier.test_time_augmentation == "none"
    assert config.autoencoder.hidden_channels == 18


def test_the_table_has_every_data_set_of_the_package():
    for name in files.names():
        classes = len(files.shipped(name).class_names)
        assert f"| `{name}` | {classes} |" in TEXT


def test_the_table_has_every_key_of_a_file():
    for key in files.KEYS:
        assert f"| `{key}` |" in TEXT
