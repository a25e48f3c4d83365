"""Images in a file are those in memory, however they are asked for."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from modules.stored_pixels import mean_colour, subset
from tests.support.modules.stored import stored

COUNT, SIZE = 2_500, 4
PIXELS = np.random.default_rng(0).integers(
    0, 256, (COUNT, SIZE, SIZE, 3), np.uint8
)


def test_parts_of_them_are_those_of_the_array():
    found = stored(PIXELS)
    assert len(found) == COUNT
    assert found.shape == PIXELS.shape
    rows = np.array([7, 0, 2_499, 7])
    mask = np.arange(COUNT) % 3 == 0
    for part in (slice(10), slice(2_490, 9_999), slice(0, 0), rows, mask):
        np.testing.assert_array_equal(found[part], PIXELS[part])
        assert found[part].dtype == np.uint8


def test_a_subset_is_as_good():
    mask = np.arange(COUNT) % 3 == 0
    part = subset(stored(PIXELS), mask)
    assert part.shape == subset(PIXELS, mask).shape
    np.testing.assert_array_equal(part[:99], PIXELS[mask][:99])
    again = part.subset(np.arange(len(part)) < 5)
    np.testing.assert_array_equal(again[:], PIXELS[mask][:5])


def test_the_mean_is_the_same_to_the_last_bit():
    assert mean_colour(stored(PIXELS)).tolist() == (
        mean_colour(PIXELS).tolist()
    )


def test_they_are_written_and_read_by_many_threads():
    parts = np.array_split(PIXELS, 50)
    found = stored(PIXELS[:0])
    file = found._file
    with ThreadPoolExecutor(8) as pool:
        flat = [part.reshape(len(part), -1) for part in parts]
        rows = list(pool.map(file.append, flat))
        read = list(pool.map(file.read, rows))
    assert sorted(np.concatenate(rows)) == list(range(COUNT))
    for part, same in zip(parts, read, strict=True):
        np.testing.assert_array_equal(part, same)


def test_what_it_holds_is_its_name_and_not_where_it_is():
    assert repr(stored(PIXELS, "a")) == repr(stored(PIXELS, "a"))
    assert repr(stored(PIXELS, "a")) != repr(stored(PIXELS, "b"))
    one, other = (
        stored(PIXELS, "a").subset(np.arange(COUNT) % 2 == n) for n in (0, 1)
    )
    assert repr(one) != repr(other)
