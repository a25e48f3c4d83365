"""Folders of other classes, sizes and colours: run, pushed or not, asked."""

import json

import pytest

from tests.support import made_images

QUICK = ("--set", "autoencoder.epochs=1")
FIVE = made_images.class_names(5)
MANY = made_images.class_names(200)


@pytest.fixture(scope="module")
def flowers(tmp_path_factory, cifar10):
    """A run on five classes of 64x64 pixels; its root and what it printed."""
    base = tmp_path_factory.mktemp("flowers")
    data = made_images.write(
        base / "Flowers", names=FIVE, size=64, train=40, test=8
    )
    root = base / "root"
    done = cifar10(
        *("run", "--preset", "smoke", "--data", data, "--root", root),
        *("--cap", "rose=20", *QUICK),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return base, done.stdout


@pytest.mark.timeout(600)
def test_five_classes_of_64_pixels_are_pushed_under_their_own_names(flowers):
    base, printed = flowers
    (version,) = (base / "root" / "serving" / "flowers").iterdir()
    model = json.loads((version / "assets.extra" / "model.json").read_text())
    assert model["model_name"] == "flowers"
    assert model["class_names"] == sorted(FIVE)
    assert model["image_size"] == 64
    assert model["capped_classes"] == ["rose"]
    assert model["caps"] == {"rose": 20}
    card = (version / "assets.extra" / "model_card.md").read_text()
    report = (base / "root" / "report.html").read_text()
    for text in (card, report, printed):
        assert "flowers" in text
        assert "cifar" not in text.replace("tfx-cifar10", "").lower()


def test_the_pushed_model_knows_their_images(flowers, cifar10):
    base, _ = flowers
    images = base / "Flowers" / "test" / "tulip"
    done = cifar10(
        *("predict", images, "--json", "--top", "2"),
        *("--model", base / "root" / "serving" / "flowers"),
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == 8
    assert all(answer["class_name"] in FIVE for answer in found)
    assert sum(answer["class_name"] == "tulip" for answer in found) >= 6


@pytest.mark.timeout(600)
def test_200_grey_classes_of_28_pixels_run_to_a_legible_end(tmp_path, cifar10):
    data = made_images.write(
        tmp_path / "signs", names=MANY, size=28, train=4, test=2, grey=True
    )
    root = tmp_path / "root"
    done = cifar10(
        *("run", "--preset", "smoke", "--data", data, "--root", root),
        *("--set", "classifier.epochs=2", *QUICK),
    )
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert "signs on 400 test images" in done.stdout
    assert "the 30 classes with the lowest recall, of 200" in done.stdout
    assert len(done.stdout.splitlines()) < 150
    if done.returncode == 3:
        assert "the gate asks for" in done.stdout
    report = (root / "report.html").read_text()
    assert all(name in report for name in MANY)
