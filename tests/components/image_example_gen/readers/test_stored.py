"""IDX, MATLAB and STL-10 files: what is in them, and what is wrong."""

import gzip
import struct
import tracemalloc

import numpy as np
import pytest
from scipy import io as matlab

from components.image_example_gen.formats import detect, open_image_set
from components.image_example_gen.image_set import ImageSpec
from modules.common.errors import UserError
from pipeline.datasets import files
from tests.support import official

NAMES = ("cifar100", "fashion_mnist", "mnist", "stl10", "svhn")


def opened(root, dataset):
    found, data_format = detect(root, dataset.layout)
    return open_image_set(found, data_format, dataset.spec)


def check(images):
    images.counts()
    images.check(lambda done, total: None)


@pytest.mark.parametrize("name", NAMES)
def test_the_official_layout_is_read_as_it_was_written(tmp_path, name):
    dataset = files.shipped(name)
    root = tmp_path / dataset.layout.directory
    written = official.write(root, dataset)
    images = opened(tmp_path, dataset)
    check(images)
    more = ["20 images without labels, for the autoencoder"]
    assert images.remarks() == (more if name == "stl10" else [])
    assert list(images.counts()) == list(written)
    for split, (pixels, labels) in written.items():
        assert images.counts()[split] == len(labels)
        parts = [
            images.read(shard)
            for shard in images.shards(15)
            if shard.split == split
        ]
        found = np.concatenate([part.pixels for part in parts])
        np.testing.assert_array_equal(found, pixels)
        found = np.concatenate([part.labels for part in parts])
        assert found.tolist() == labels.tolist()
        keys = [key for part in parts for key in part.keys]
        assert len(set(keys)) == len(labels)


def test_coarse_labels_are_the_first_byte(tmp_path):
    dataset = files.shipped("cifar100_coarse")
    written = official.write(tmp_path / "data", dataset)
    images = opened(tmp_path / "data", dataset)
    (shard,) = [s for s in images.shards(999) if s.split == "test"]
    assert images.read(shard).labels.tolist() == written["test"][1].tolist()


def test_ten_is_the_digit_zero(tmp_path):
    svhn = files.shipped("svhn")
    official.write(tmp_path / "data", svhn)
    stored = matlab.loadmat(tmp_path / "data" / "test_32x32.mat")["y"]
    images = opened(tmp_path / "data", svhn)
    (shard,) = [s for s in images.shards(999) if s.split == "test"]
    (row, *_) = np.flatnonzero(stored == 10)
    assert svhn.class_names[images.read(shard).labels[row]] == "0"


def test_a_file_that_was_changed_is_read_again(tmp_path):
    svhn = files.shipped("svhn")
    official.write(tmp_path / "data", svhn)
    images = opened(tmp_path / "data", svhn)
    before = images.read(images.shards(999)[0]).labels
    path = tmp_path / "data" / svhn.layout.train[0]
    stored = matlab.loadmat(path)
    stored["y"] = stored["y"] % 10 + 1
    matlab.savemat(path, {k: stored[k] for k in ("X", "y")})
    after = images.read(images.shards(999)[0]).labels
    assert after.tolist() == ((before + 1) % 10).tolist()


def test_another_size_is_resized_and_said(tmp_path):
    mnist = files.shipped("mnist")
    official.write(tmp_path / "data", mnist)
    spec = ImageSpec(mnist.class_names, 16, layout=mnist.layout)
    images = open_image_set(tmp_path / "data", "idx", spec)
    assert images.remarks() == ["28x28 pixels, resized to 16x16"]
    assert images.read(images.shards(5)[0]).pixels.shape == (5, 16, 16, 3)
    assert ImageSpec.from_json(spec.to_json()) == spec


def test_unpacked_files_are_read_too(tmp_path):
    mnist = files.shipped("mnist")
    official.write(tmp_path / "data", mnist)
    before = opened(tmp_path / "data", mnist).counts()
    for path in list((tmp_path / "data").iterdir()):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    images = opened(tmp_path / "data", mnist)
    assert images.counts() == before
    assert images.files()[0] == "train-images-idx3-ubyte"


def truncated(path):
    path.write_bytes(path.read_bytes()[:-40])


def emptied(path):
    path.write_bytes(b"")


def removed(path):
    path.unlink()


def repacked(change):
    def damage(path):
        content = bytearray(gzip.decompress(path.read_bytes()))
        path.write_bytes(gzip.compress(change(content)))

    return damage


def replaced(at, value):
    def change(content):
        content[at : at + len(value)] = value
        return bytes(content)

    return repacked(change)


@pytest.mark.parametrize(
    ("name", "file", "damage", "said"),
    [
        ("mnist", "train-images-idx3-ubyte.gz", truncated, "is damaged"),
        ("mnist", "train-images-idx3-ubyte.gz", removed, "is missing"),
        ("mnist", "t10k-labels-idx1-ubyte.gz", emptied, "begins with nothing"),
        (
            "mnist",
            "train-images-idx3-ubyte.gz",
            replaced(0, b"\0\0\x0d\3"),
            "begins with 00000d03, expected 00000803",
        ),
        (
            "mnist",
            "train-images-idx3-ubyte.gz",
            replaced(4, b"\xff\xff\xff\xff"),
            "has the shape",
        ),
        (
            "mnist",
            "t10k-images-idx3-ubyte.gz",
            replaced(8, b"\0\0\0\x20"),
            "28x28 pixels; it is of another data set",
        ),
        (
            "mnist",
            "t10k-images-idx3-ubyte.gz",
            repacked(lambda c: bytes(c + b"x")),
            "has more bytes of data",
        ),
        (
            "mnist",
            "t10k-images-idx3-ubyte.gz",
            repacked(lambda c: bytes(c[:-1])),
            "truncated or damaged",
        ),
        (
            "mnist",
            "train-labels-idx1-ubyte.gz",
            replaced(8, b"\x0a"),
            "image 0 has the label 10, expected 0 to 9",
        ),
        ("svhn", "train_32x32.mat", truncated, "cannot be read as a MATLAB"),
        ("svhn", "train_32x32.mat", emptied, "cannot be read as a MATLAB"),
        ("svhn", "test_32x32.mat", removed, "is missing"),
        ("stl10", "train_X.bin", truncated, "is truncated"),
        ("stl10", "test_X.bin", emptied, "has 0 bytes"),
        ("stl10", "unlabeled_X.bin", truncated, "is truncated"),
        ("stl10", "unlabeled_X.bin", removed, "is missing"),
        (
            "stl10",
            "train_y.bin",
            lambda p: p.write_bytes(p.read_bytes()[:-1]),
            "has 19 labels, expected 20",
        ),
        (
            "stl10",
            "train_y.bin",
            lambda p: p.write_bytes(b"\0" + p.read_bytes()[1:]),
            "has the label 0, expected 1 to 10",
        ),
        (
            "stl10",
            "test_y.bin",
            lambda p: p.write_bytes(bytes([2]) * 20),
            "test split has no image of class 'airplane'",
        ),
        (
            "cifar100",
            "test.bin",
            lambda p: p.write_bytes(p.read_bytes()[:-1]),
            "is truncated",
        ),
    ],
)
def test_damage_is_one_line_that_names_the_file(
    tmp_path, name, file, damage, said
):
    dataset = files.shipped(name)
    root = tmp_path / "data"
    official.write(root, dataset)
    damage(root / file)
    with pytest.raises(UserError, match=said) as error:
        check(opened(root, dataset))
    assert str(root) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "values",
    [
        {"X": np.zeros((32, 32, 3, 2), np.float64), "y": np.ones((2, 1))},
        {"X": np.zeros((32, 32, 2), np.uint8), "y": np.ones((2, 1))},
        {"X": np.zeros((32, 32, 3, 2), np.uint8), "y": np.ones((3, 1))},
        {"X": np.zeros((32, 32, 3, 2), np.uint8)},
        {"X": np.zeros((32, 32, 3, 2), np.uint8), "y": [[1j], [1]]},
        {"X": np.zeros((32, 32, 3, 2), np.uint8), "y": ["a", "b"]},
        {"X": {"a": 1}, "y": [[1], [1]]},
        {"Z": 1},
    ],
)
def test_other_matlab_files_are_refused_by_their_header(tmp_path, values):
    svhn = files.shipped("svhn")
    official.write(tmp_path / "data", svhn)
    matlab.savemat(tmp_path / "data" / "train_32x32.mat", values)
    with pytest.raises(UserError, match=r"has X of the shape .*expected uint8"):
        check(opened(tmp_path / "data", svhn))


@pytest.mark.parametrize("label", [np.nan, np.inf, 1.5, 256.0, -1.0])
def test_labels_that_are_no_whole_numbers_are_refused(tmp_path, label):
    svhn = files.shipped("svhn")
    official.write(tmp_path / "data", svhn)
    path = tmp_path / "data" / "train_32x32.mat"
    stored = matlab.loadmat(path)
    y = stored["y"].astype(type(label))
    y[3] = label
    matlab.savemat(path, {"X": stored["X"], "y": y})
    with pytest.raises(
        UserError, match=r"MATLAB 5 file .*labels are no whole"
    ) as error:
        check(opened(tmp_path / "data", svhn))
    assert "\n" not in str(error.value)


def test_labels_may_be_stored_as_doubles(tmp_path):
    svhn = files.shipped("svhn")
    written = official.write(tmp_path / "data", svhn)
    path = tmp_path / "data" / "test_32x32.mat"
    stored = matlab.loadmat(path)
    y = stored["y"].astype(np.float64)
    matlab.savemat(path, {"X": stored["X"], "y": y})
    images = opened(tmp_path / "data", svhn)
    (shard,) = [s for s in images.shards(999) if s.split == "test"]
    assert images.read(shard).labels.tolist() == written["test"][1].tolist()


def test_a_matlab_file_of_the_other_byte_order_is_read(tmp_path):
    svhn = files.shipped("svhn")
    written = official.write(tmp_path / "data", svhn)
    pixels, labels = written["train"]
    stored = (labels + svhn.layout.first_label)[:, None].astype(">u2")

    def element(kind, content):
        tag = struct.pack(">II", kind, len(content))
        return tag + content + bytes(-len(content) % 8)

    def array(name, kind, stored_as, values):
        parts = (
            (6, struct.pack(">II", kind, 0)),
            (5, np.array(values.shape, ">i4").tobytes()),
            (1, name),
            (stored_as, values.tobytes(order="F")),
        )
        return element(14, b"".join(element(*part) for part in parts))

    (tmp_path / "data" / "train_32x32.mat").write_bytes(
        b"MATLAB 5.0 MAT-file".ljust(124)
        + b"\x01\x00MI"
        + array(b"X", 9, 2, pixels.transpose(1, 2, 3, 0))
        # Doubles that MATLAB keeps in two bytes each.
        + array(b"y", 6, 4, stored)
    )
    images = opened(tmp_path / "data", svhn)
    (shard,) = [s for s in images.shards(999) if s.split == "train"]
    np.testing.assert_array_equal(images.read(shard).pixels, pixels)
    assert images.read(shard).labels.tolist() == labels.tolist()


def test_only_the_arrays_that_are_used_are_kept_in_memory(tmp_path):
    svhn = files.shipped("svhn")
    official.write(tmp_path / "data", svhn)
    path = tmp_path / "data" / "train_32x32.mat"
    stored = matlab.loadmat(path)
    size = 8 << 20
    others = {f"Z{i}": np.zeros(size, np.uint8) for i in range(20)}
    values = others | {"X": stored["X"], "y": stored["y"]}
    matlab.savemat(path, values, do_compression=True)
    del others, values
    tracemalloc.start()
    counts = opened(tmp_path / "data", svhn).counts()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert counts["train"] == stored["y"].size
    assert peak < 5 * size


def test_two_matlab_arrays_of_one_name_are_refused(tmp_path):
    svhn = files.shipped("svhn")
    official.write(tmp_path / "data", svhn)
    path = tmp_path / "data" / "train_32x32.mat"
    content = path.read_bytes()
    path.write_bytes(content + content[128:])
    with pytest.raises(UserError, match="it has two arrays of the name X"):
        check(opened(tmp_path / "data", svhn))
