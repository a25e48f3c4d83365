"""The rows of a split come back whole, in an order of their own."""

import tracemalloc

import numpy as np
import pytest
import tensorflow as tf

from modules import examples
from modules.common import memory
from modules.common.errors import UserError
from modules.stored_pixels import StoredPixels
from tests.support.memory import peak

SIZE = 4


def rows(count, seed=0):
    rng = np.random.default_rng(seed)
    return [
        {
            "pixels": rng.bytes(SIZE * SIZE * 3),
            "label": int(label),
            "sampled": int(label != 1),
            "holdout": int(label == 2),
        }
        for label in rng.integers(0, 3, count)
    ]


def serialize(row):
    features = {
        name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        if isinstance(value, bytes)
        else tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
        for name, value in row.items()
    }
    return tf.train.Example(
        features=tf.train.Features(feature=features)
    ).SerializeToString()


def write(folder, shards):
    """Writes a shard a file; returns the split's patterns."""
    folder.mkdir()
    for index, shard in enumerate(shards):
        file = folder / f"examples-{index:05d}-of-{len(shards):05d}.gz"
        with tf.io.TFRecordWriter(str(file), "GZIP") as writer:
            for row in shard:
                writer.write(serialize(row))
    return [str(folder / "*")]


def as_rows(images):
    return [
        {
            "pixels": pixels.tobytes(),
            "label": int(label),
            "sampled": int(sampled),
            "holdout": int(holdout),
        }
        for pixels, label, sampled, holdout in zip(
            images.pixels,
            images.labels,
            images.sampled,
            images.holdout,
            strict=True,
        )
    ]


def test_every_row_comes_back_once_with_its_own_columns(tmp_path):
    written = rows(3_000)  # More than a batch.
    images = examples.load_split(write(tmp_path / "s", [written]), SIZE)
    assert images.pixels.shape == (len(images), SIZE, SIZE, 3)
    assert [
        column.dtype
        for column in (images.pixels, images.labels, images.sampled)
    ] == [np.uint8, np.int64, np.bool_]
    by_pixels = sorted(written, key=lambda row: row["pixels"])
    read = sorted(as_rows(images), key=lambda row: row["pixels"])
    assert read == by_pixels


def test_the_sampled_rows_alone_are_in_the_order_of_all(tmp_path):
    patterns = write(tmp_path / "s", [rows(1_500), rows(1_500, seed=1)])
    both = examples.load_split(patterns, SIZE)
    alone = examples.load_split(patterns, SIZE, sampled_only=True)
    assert 0 < len(alone) < len(both)
    kept = [row for row in as_rows(both) if row["sampled"]]
    assert as_rows(alone) == kept


def test_memory_is_for_the_sampled_rows_alone(tmp_path, monkeypatch):
    """Reading eight times the rows takes no more, if no more are kept."""
    monkeypatch.setattr(examples, "_BATCH", 32)
    size, kept = 32, 512
    random = np.random.default_rng(0)
    peaks = []
    for times in (1, 8):
        written = [
            {
                "pixels": random.bytes(size * size * 3),
                "label": 0,
                "sampled": int(index % times == 0),
                "holdout": 0,
            }
            for index in range(kept * times)
        ]
        patterns = write(tmp_path / str(times), [written])
        del written
        tracemalloc.start()
        images = examples.load_split(patterns, size, sampled_only=True)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(images) == kept
    assert peaks[1] < 1.25 * peaks[0]


def test_what_the_caps_leave_out_is_counted_either_way(tmp_path):
    written = rows(500)
    patterns = write(tmp_path / "s", [written[:200], written[200:]])
    left_out = [row["label"] for row in written if not row["sampled"]]
    for sampled_only in (False, True):
        images = examples.load_split(patterns, SIZE, sampled_only=sampled_only)
        assert images.left_out.tolist() == [0, len(left_out)]


def test_the_order_does_not_depend_on_the_shards_or_their_order(tmp_path):
    written = rows(500)
    # The same picture under two labels, and the same row twice.
    written += [written[0] | {"label": 5}, written[1]]
    reshuffled = written[::-1]
    one = examples.load_split(write(tmp_path / "one", [written]), SIZE)
    three = examples.load_split(
        write(tmp_path / "three", [reshuffled[i::3] for i in range(3)]), SIZE
    )
    assert as_rows(one) == as_rows(three)


def test_several_patterns_are_one_split(tmp_path):
    first, second = rows(5), rows(7, seed=1)
    patterns = write(tmp_path / "a", [first]) + write(tmp_path / "b", [second])
    assert len(examples.load_split(patterns, SIZE)) == 12


def test_the_images_are_counted_by_label(tmp_path):
    written = rows(100)
    counts = examples.count_images(
        write(tmp_path / "s", [written[:50], written[50:]]), num_classes=4
    )

    def count(keep):
        labels = [row["label"] for row in written if keep(row)]
        return tuple(map(labels.count, range(4)))

    assert counts.available == count(lambda row: True)
    assert counts.sampled == count(lambda row: row["sampled"])
    assert counts.holdout == count(lambda row: row["holdout"])


@pytest.mark.parametrize("shards", [[], [[]]])
def test_a_split_without_rows_is_an_error(tmp_path, shards):
    patterns = write(tmp_path / "s", shards)
    with pytest.raises(
        UserError, match=rf"no transformed examples in .*\({len(shards)} files"
    ):
        examples.load_split(patterns, SIZE)


def test_images_of_another_size_are_an_error(tmp_path):
    patterns = write(tmp_path / "s", [rows(3)])
    with pytest.raises(UserError, match=r"has 48 bytes; .* takes 192"):
        examples.load_split(patterns, image_size=8)


@pytest.fixture
def little_memory(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 0)


@pytest.mark.parametrize("sampled_only", [False, True])
def test_from_a_file_the_rows_come_in_the_same_order(
    tmp_path, little_memory, sampled_only
):
    patterns = write(tmp_path / "s", [rows(1_500), rows(1_500, seed=1)])
    options = {"sampled_only": sampled_only}
    expected = examples.load_split(patterns, SIZE, **options)
    spill = tmp_path / "spill"
    spill.mkdir()
    found = examples.load_split(patterns, SIZE, spill=str(spill), **options)
    assert isinstance(found.pixels, StoredPixels)
    np.testing.assert_array_equal(found.pixels[:], expected.pixels)
    for name in ("labels", "sampled", "holdout", "left_out"):
        np.testing.assert_array_equal(
            getattr(found, name), getattr(expected, name)
        )
    # It is gone even if the process is killed.
    assert list(spill.iterdir()) == []


def test_two_readings_are_known_to_be_of_the_same_images(
    tmp_path, little_memory
):
    def name(folder, shards):
        patterns = write(tmp_path / folder, shards)
        images = examples.load_split(patterns, SIZE, spill=str(tmp_path))
        return repr(images.pixels)

    written = rows(50)
    one = name("one", [written])
    assert name("two", [written[30:], written[:30]]) == one
    assert name("other", [rows(50, seed=1)]) != one


def test_memory_is_used_while_there_is_enough(tmp_path, monkeypatch):
    (file,) = write(tmp_path / "s", [rows(100)])
    size = sum(p.stat().st_size for p in (tmp_path / "s").iterdir())
    for free, kept in ((3 * size, np.ndarray), (3 * size - 1, StoredPixels)):
        monkeypatch.setattr(memory, "available", lambda free=free: free)
        images = examples.load_split([file], SIZE, spill=str(tmp_path))
        assert isinstance(images.pixels, kept)


def test_a_file_takes_little_memory(tmp_path, little_memory):
    side, count = 32, 30_000  # 92 MB.
    random = np.random.default_rng(0)
    many = [
        {
            "pixels": random.bytes(side * side * 3),
            "label": 0,
            "sampled": 1,
            "holdout": 0,
        }
        for _ in range(count)
    ]
    patterns = write(tmp_path / "s", [many])
    del many
    options = {"sampled_only": True, "spill": str(tmp_path)}
    examples.load_split(patterns, side, **options)  # What TensorFlow keeps.
    with peak() as used:
        images = examples.load_split(patterns, side, **options)
        images.pixels[np.arange(500)]
    assert used() < count * side * side * 3 / 2
