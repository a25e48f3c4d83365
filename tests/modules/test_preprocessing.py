"""Transform's graph and analyzer, run by TFT on small PNGs."""

import functools

import apache_beam as beam
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from apache_beam.options.pipeline_options import PipelineOptions

from modules import caps, examples
from modules.keys import hash_keys
from modules.preprocessing import preprocessing_fn

SIZE = 8
COUNTS = (60, 40, 30, 5)
LIMITS = [20, 40, 0, 50]
KEPT = [20, 40, 0, 5]
HELD_OUT = [5, 10, 0, 1]
FEATURES = {"image": tf.string, "label": tf.int64, "key": tf.string}


def config(**changes):
    return {
        "limits": LIMITS,
        "holdout_fraction": 0.25,
        "seed": 0,
        "image_size": SIZE,
        "code_digest": "",
    } | changes


def metadata(shape=()):
    return tft.DatasetMetadata.from_feature_spec(
        {
            name: tf.io.FixedLenFeature(shape, dtype)
            for name, dtype in FEATURES.items()
        }
    )


def picture(index, size=SIZE):
    """Pixels that differ from those of any other index; uint8 [H, W, 3]."""
    return np.random.default_rng(index).integers(
        0, 256, (size, size, 3), np.uint8
    )


def rows():
    """One raw example for each image, its key telling its index."""
    labels = np.repeat(np.arange(len(COUNTS)), COUNTS)
    return [
        {
            "image": tf.io.encode_png(picture(index)).numpy(),
            "label": int(label),
            "key": f"batch.bin:{index:05d}".encode(),
        }
        for index, label in enumerate(labels)
    ]


def transform(folder, raw, raw_metadata=None, *, mode="in_memory", workers=1,
              **changes):  # fmt: skip
    """Runs TFT on `raw`, as Transform does; returns the written images."""
    fn = functools.partial(preprocessing_fn, custom_config=config(**changes))
    options = PipelineOptions(
        runner="FnApiRunner",
        direct_running_mode=mode,
        direct_num_workers=workers,
    )
    with (
        beam.Pipeline(options=options) as pipeline,
        tft_beam.Context(temp_dir=str(folder / "tmp")),
    ):
        data = pipeline | beam.Create(raw) | beam.Reshuffle()
        transformed, _ = (
            data,
            raw_metadata or metadata(),
        ) | tft_beam.AnalyzeAndTransformDataset(fn)
        _ = (
            transformed
            | tft_beam.EncodeTransformedDataset()
            | beam.io.WriteToTFRecord(
                str(folder / "examples"), file_name_suffix=".gz"
            )
        )
    return examples.load_split([str(folder / "examples*")], SIZE)


def keys_of(images, raw):
    """The keys of `images`, recognised by their pixels."""
    by_pixels = {
        picture(index).tobytes(): row["key"] for index, row in enumerate(raw)
    }
    return np.array([by_pixels[p.tobytes()] for p in images.pixels])


def chosen(images, raw):
    """The sampled and the held-out keys."""
    keys = keys_of(images, raw)
    return set(keys[images.sampled]), set(keys[images.holdout])


@pytest.fixture(scope="module")
def raw():
    return rows()


@pytest.fixture(scope="module")
def images(raw, tmp_path_factory):
    return transform(tmp_path_factory.mktemp("transform"), raw)


def test_the_pixels_and_the_labels_are_those_of_the_key(raw, images):
    expected = {row["key"]: row["label"] for row in raw}
    keys = keys_of(images, raw)
    assert len(set(keys)) == len(images) == len(raw)
    assert [expected[key] for key in keys] == images.labels.tolist()


def test_the_counts_are_exact(images):
    for mark, counts in ((images.sampled, KEPT), (images.holdout, HELD_OUT)):
        marked = np.bincount(images.labels[mark], minlength=len(COUNTS))
        assert marked.tolist() == counts
    assert not (images.holdout & ~images.sampled).any()


def test_what_has_no_label_is_sampled_and_never_held_out(raw, tmp_path):
    function = functools.partial(preprocessing_fn, custom_config=config())
    more = [{**row, "label": -1} for row in raw[:50]]
    with (
        beam.Pipeline(runner="FnApiRunner") as pipeline,
        tft_beam.Context(temp_dir=str(tmp_path / "tmp")),
    ):
        analyzed = pipeline | "Train" >> beam.Create(raw)
        learned = (analyzed, metadata()) | tft_beam.AnalyzeDataset(function)
        data = pipeline | "Unlabelled" >> beam.Create(more)
        found = ((data, metadata()), learned) | tft_beam.TransformDataset()
        _ = (
            found
            | tft_beam.EncodeTransformedDataset()
            | beam.io.WriteToTFRecord(
                str(tmp_path / "examples"), file_name_suffix=".gz"
            )
        )
    images = examples.load_split(
        [str(tmp_path / "examples*")], SIZE, sampled_only=True
    )
    assert images.labels.tolist() == [-1] * 50
    assert images.sampled.all()
    assert not images.holdout.any()
    assert images.left_out.tolist() == []


def test_the_keys_are_those_with_the_smallest_hashes(raw, images):
    hashes = hash_keys(tf.constant([row["key"] for row in raw]), 0).numpy()
    for label, (limit, held_out) in enumerate(zip(KEPT, HELD_OUT, strict=True)):
        ordered = [
            raw[index]["key"]
            for index in np.argsort(hashes)
            if raw[index]["label"] == label
        ]
        of_label = keys_of(images, raw)[images.labels == label]
        sampled, holdout = chosen(images, raw)
        assert sampled & set(of_label) == set(ordered[:limit])
        assert holdout & set(of_label) == set(ordered[:held_out])


@pytest.mark.parametrize("workers", [2, 5])
def test_workers_shards_and_order_choose_the_same_keys(
    raw, images, tmp_path, workers
):
    shuffled = np.random.default_rng(workers).permutation(len(raw))
    again = transform(
        tmp_path,
        [raw[index] for index in shuffled],
        mode="multi_threading",
        workers=workers,
    )
    for name in ("pixels", "labels", "sampled", "holdout"):
        np.testing.assert_array_equal(
            getattr(again, name), getattr(images, name)
        )


def test_another_seed_chooses_other_keys_and_as_many(raw, images, tmp_path):
    other = transform(tmp_path, raw, seed=1)
    assert chosen(other, raw)[0] != chosen(images, raw)[0]
    counts = np.bincount(other.labels[other.sampled], minlength=len(COUNTS))
    assert counts.tolist() == KEPT


def test_features_of_one_value_are_accepted_too(raw, images, tmp_path):
    wrapped = [{name: [value] for name, value in r.items()} for r in raw]
    again = transform(tmp_path, wrapped, metadata(shape=[1]))
    assert chosen(again, raw) == chosen(images, raw)


def test_the_analysis_decodes_no_images(raw, tmp_path):
    # These have a PNG's header and no body: decoding one would fail.
    headers = [row | {"image": row["image"][:24]} for row in raw]
    fn = functools.partial(preprocessing_fn, custom_config=config())
    with (
        beam.Pipeline(runner="FnApiRunner") as pipeline,
        tft_beam.Context(temp_dir=str(tmp_path)),
    ):
        data = pipeline | beam.Create(headers)
        _ = (data, metadata()) | tft_beam.AnalyzeDataset(fn)
    with pytest.raises(Exception, match="PNG"):
        transform(tmp_path, headers[:1])


@pytest.mark.parametrize(
    "image",
    [
        tf.io.encode_png(picture(0, size=SIZE + 1)).numpy(),
        tf.io.encode_jpeg(picture(0)).numpy(),
        b"",
    ],
    ids=["another size", "no PNG", "empty"],
)
def test_an_image_that_cannot_be_used_is_named(raw, tmp_path, image):
    bad = [*raw[:5], raw[5] | {"image": image}]
    with pytest.raises(
        Exception, match=r"not a PNG of 8x8 pixels(?s:.*)batch\.bin:00005"
    ):
        transform(tmp_path, bad)


def test_a_key_that_occurs_twice_at_the_cap_is_an_error(raw, tmp_path):
    hashes = hash_keys(tf.constant([row["key"] for row in raw[:3]]), 0).numpy()
    doubled = [*raw[:3], raw[int(np.argsort(hashes)[1])]]
    with pytest.raises(Exception, match="label 0 have the same key"):
        transform(tmp_path, doubled, limits=[2, 2, 2, 2])


def test_the_hash_never_changes():
    # A changed hash is another sample under the same seed.
    keys = tf.constant(["data_batch_1.bin:00000", "data_batch_1.bin:00001"])
    assert hash_keys(keys, 0).numpy().tolist() == [
        6124665764023535089,
        5834793266591982257,
    ]


def test_the_hash_fills_its_range_evenly():
    keys = tf.strings.as_string(tf.range(20_000))
    shares = hash_keys(keys, 7).numpy() / caps.NO_CUT
    counts, _ = np.histogram(shares, 10, (0, 1))
    assert counts.sum() == 20_000
    assert abs(counts - 2_000).max() < 6 * np.sqrt(2_000)


def test_the_hashes_of_two_seeds_are_unrelated():
    keys = tf.strings.as_string(tf.range(20_000))
    one, two = (hash_keys(keys, seed).numpy().astype(float) for seed in (0, 1))
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.03
