"""WebDataset shards and TFRecords: what is in them, and what is wrong."""

import os
import tarfile
import time

import numpy as np
import pytest
import tensorflow as tf

from components.image_example_gen.formats import detect, open_image_set
from modules.common.errors import UserError
from tests.support.image_sets import CLASSES, SPEC
from tests.support.official import made, png, write_tar

SIZE = SPEC.image_size
CASES = ("webdataset", "tfrecord")


def members(pixels, labels):
    """The members of a WebDataset shard."""
    for i, (image, label) in enumerate(zip(pixels, labels, strict=True)):
        yield f"{i:04d}.png", png(image)
        yield f"{i:04d}.cls", str(label).encode()
        yield f"{i:04d}.json", b"{}"


def example(image, label, names=("image", "label")):
    """A serialized tf.Example."""
    feature = tf.train.Feature
    image = feature(bytes_list=tf.train.BytesList(value=image))
    label = feature(int64_list=tf.train.Int64List(value=label))
    features = tf.train.Features(
        feature=dict(zip(names, (image, label), strict=True))
    )
    return tf.train.Example(features=features).SerializeToString()


def write_records(path, records):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)


def write(root, data_format, validation="test"):
    """Two shards to train on and one to test; what is in each."""
    root.mkdir()
    written = {}
    for seed, (split, count) in enumerate((("train", 2), (validation, 1))):
        for shard in range(count):
            pixels, labels = made(len(CLASSES), SIZE, seed=10 * seed + shard)
            if data_format == "webdataset":
                name = f"{split}-{shard:06d}.tar"
                write_tar(root / name, members(pixels, labels))
            else:
                name = f"ants-{split}.tfrecord-{shard:05d}-of-{count:05d}"
                write_records(
                    root / name,
                    [
                        example([png(p)], [n])
                        for p, n in zip(pixels, labels, strict=True)
                    ],
                )
            written[name] = pixels, labels
    return written


def opened(root):
    found, data_format = detect(root)
    return open_image_set(found, data_format, SPEC)


def check(images):
    images.counts()
    images.check(lambda done, total: None)


@pytest.mark.parametrize("validation", ["test", "val"])
@pytest.mark.parametrize("data_format", CASES)
def test_shards_are_read_as_they_were_written(
    tmp_path, data_format, validation
):
    written = write(tmp_path / "data", data_format, validation)
    assert detect(tmp_path / "data")[1] == data_format
    images = opened(tmp_path / "data")
    check(images)
    assert images.counts() == {"train": 12, "test": 6}
    assert images.remarks() == []
    keys = set()
    for shard in images.shards(4):
        read = images.read(shard)
        pixels, labels = written[shard.source]
        rows = slice(shard.start, shard.stop)
        np.testing.assert_array_equal(read.pixels, pixels[rows])
        assert read.labels.tolist() == labels[rows].tolist()
        keys.update(read.keys)
    assert len(keys) == 18


def test_what_is_left_out_is_counted(tmp_path):
    written = write(tmp_path / "data", "webdataset")
    (tmp_path / "data" / "notes.txt").touch()
    for name, (pixels, labels) in written.items():
        more = [("x.webp", b"RIFF"), ("x.cls", b"0")]
        write_tar(tmp_path / "data" / name, [*members(pixels, labels), *more])
    images = opened(tmp_path / "data")
    check(images)
    assert images.counts() == {"train": 12, "test": 6}
    assert images.remarks() == [
        "1 other files, left out",
        "3 classes without a PNG or JPEG image, left out",
    ]


@pytest.mark.parametrize("data_format", CASES)
def test_a_file_that_was_changed_is_read_again(tmp_path, data_format):
    root = tmp_path / "data"
    write(root, data_format)
    before = opened(root).read(opened(root).shards(6)[0]).labels
    pixels, labels = made(len(CLASSES), SIZE, seed=7)
    labels = (labels + 1) % len(CLASSES)
    path = min(root.glob("*train*"))
    if data_format == "webdataset":
        write_tar(path, members(pixels, labels))
    else:
        write_records(
            path,
            [
                example([png(p)], [n])
                for p, n in zip(pixels, labels, strict=True)
            ],
        )
    after = opened(root).read(opened(root).shards(6)[0]).labels
    assert after.tolist() == labels.tolist() != before.tolist()


def first(root):
    return min(root.iterdir())


def test_other_names_of_features_are_known(tmp_path):
    write(tmp_path / "data", "tfrecord")
    pixels, labels = made(len(CLASSES), SIZE)
    names = ("image/encoded", "image/class/label")
    records = [
        example([png(p)], [n], names)
        for p, n in zip(pixels, labels, strict=True)
    ]
    write_records(first(tmp_path / "data"), records)
    check(opened(tmp_path / "data"))


def refused(root, said):
    with pytest.raises(UserError, match=said) as error:
        check(opened(root))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("data_format", CASES)
def test_a_flipped_bit_or_a_cut_never_passes_unnoticed(tmp_path, data_format):
    write(tmp_path / "data", data_format)
    path = min((tmp_path / "data").glob("*train*"))
    good = path.read_bytes()
    check(opened(tmp_path / "data"))
    for cut in (1, 100, len(good) // 2 + 5, len(good) - 3):
        (tmp_path / f"{cut}").mkdir()
        for file in (tmp_path / "data").iterdir():
            (tmp_path / f"{cut}" / file.name).write_bytes(file.read_bytes())
        (tmp_path / f"{cut}" / path.name).write_bytes(good[:cut])
        if data_format == "tfrecord" or cut < len(good) - 3:
            refused(tmp_path / f"{cut}", path.name)
    if data_format == "tfrecord":
        for at in range(3, len(good), 97):
            bad = bytearray(good)
            bad[at] ^= 4
            root = tmp_path / f"bit{at}"
            root.mkdir()
            (root / "train.tfrecord").write_bytes(bad)
            (root / "test.tfrecord").write_bytes(good)
            refused(root, "is damaged")


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([b"\xff\xff"], "record 0 is no tf.Example"),
        ([example([b"x", b"y"], [0])], "has the features image, label"),
        ([example([b"x"], [0], ("picture", "label"))], "label, picture; exp"),
        ([example([b"no image"], [0])], "00000 cannot be decoded"),
        ([example([png(np.zeros((4, 4, 3), np.uint8))], [3])], "the label 3"),
        ([], "has no images"),
    ],
)
def test_a_record_that_is_no_image_with_a_label_is_named(
    tmp_path, records, said
):
    write(tmp_path / "data", "tfrecord")
    write_records(first(tmp_path / "data"), records)
    assert str(first(tmp_path / "data")) in refused(tmp_path / "data", said)


@pytest.mark.parametrize("data_format", CASES)
def test_a_folder_that_is_not_utf_8_is_shown_on_one_line(tmp_path, data_format):
    root = tmp_path / os.fsdecode(b"data-\xe9")
    write(tmp_path / "data", data_format)
    (tmp_path / "data").rename(root)
    check(opened(root))
    first(root).write_bytes(b"")
    assert r"data-\xe9" in refused(root, "has no images|cannot be read")
    for path in root.glob("*train*"):
        path.unlink()
    assert r"data-\xe9" in refused(root, "has no shard of the split train")
    for path in root.iterdir():
        path.unlink()
    for name in ("train.tar", "test.tar"):
        write_tar(root / name, [("a.png", PNG), ("a.cls", b"7")])
    assert r"data-\xe9" in refused(root, "has the label 7")


PNG = png(np.zeros((4, 4, 3), np.uint8))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([("a.png", PNG)], "a has no class, expected a.cls"),
        ([("a.png", PNG), ("a.cls", b"cat")], "is b'cat', no number"),
        ([("a.png", PNG), ("a.jpg", PNG)], "'a' has two images"),
        ([("a.png", b"x"), ("a.cls", b"0")], "a cannot be decoded"),
        ([("a.png", PNG), ("a.cls", b"7")], "has the label 7, expected 0 to 2"),
        ([("a.cls", b"1")], "has no images"),
    ],
)
def test_a_member_that_is_not_as_it_should_be_is_named(tmp_path, found, said):
    write(tmp_path / "data", "webdataset")
    write_tar(first(tmp_path / "data"), found)
    assert str(first(tmp_path / "data")) in refused(tmp_path / "data", said)


@pytest.mark.parametrize("data_format", CASES)
def test_a_missing_split_is_named(tmp_path, data_format):
    write(tmp_path / "data", data_format)
    for path in list((tmp_path / "data").glob("*test*")):
        path.unlink()
    refused(tmp_path / "data", "has no shard of the split test")


def test_checking_shards_imports_no_tensorflow(tmp_path):
    import subprocess
    import sys

    write(tmp_path / "data", "tfrecord")
    code = (
        "import sys, pathlib\n"
        "from components.image_example_gen.formats import detect\n"
        f"print(detect(pathlib.Path({str(tmp_path / 'data')!r}))[1])\n"
        "assert 'tensorflow' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "tfrecord\n"


def header(name, kind=tarfile.REGTYPE, size=0):
    """A tar header, of any size."""
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        # CPython's CVE-2025-8194: it was read for ever. Versions in which that
        # is mended refuse it before this project does.
        (
            header("a.txt", size=-512) + bytes(1024),
            "the size of 'a.txt'|invalid offset",
        ),
        (
            (header("x", tarfile.GNUTYPE_LONGNAME, 2) + b"a".ljust(512, b"\0"))
            * 600,
            "cannot be read as a WebDataset shard",
        ),
        (
            header("\udcff.png", size=512) + bytes(2048),
            "has a name that is not UTF-8",
        ),
        (header("a\nb.png", size=512) + bytes(2048), r"a\\nb has no class"),
    ],
    ids=["negative size", "headers about headers", "no UTF-8", "line break"],
)
def test_a_hostile_shard_is_refused_at_once(tmp_path, content, said):
    write(tmp_path / "data", "webdataset")
    first(tmp_path / "data").write_bytes(content)
    start = time.process_time()
    assert refused(tmp_path / "data", said).isprintable()
    assert time.process_time() - start < 5


def test_names_of_features_are_shown_on_one_line(tmp_path):
    write(tmp_path / "data", "tfrecord")
    names = [f"{i}\n{'x' * 100}" for i in range(20)]
    features = {name: tf.train.Feature() for name in names}
    record = tf.train.Example(features=tf.train.Features(feature=features))
    write_records(first(tmp_path / "data"), [record.SerializeToString()])
    message = refused(tmp_path / "data", "record 0 has the features")
    assert message.isprintable()
    assert len(message) < 600
