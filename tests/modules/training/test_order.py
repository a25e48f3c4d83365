"""Oversampling: as many images of each class, of as many as there are."""

import numpy as np

from modules.training.batches import training_batches

# Twelve images: eight of class 0, three of class 1, one of class 2.
LABELS = np.array([0] * 8 + [1] * 3 + [2])
PIXELS = np.arange(12, dtype=np.uint8)[:, None, None, None] * np.ones(
    (1, 4, 4, 3), np.uint8
)


def epochs(*, count=2, seed=0):
    """The images of each epoch, by number."""
    dataset, steps = training_batches(
        PIXELS,
        LABELS,
        batch_size=4,
        epochs=count,
        seed=seed,
        balanced=True,
    )
    seen = [x[:, 0, 0, 0] for x, _ in dataset.as_numpy_iterator()]
    return np.concatenate(seen).reshape(count, steps * 4)


def test_an_epoch_has_as_many_images_as_the_data():
    assert epochs().shape == (2, 12)


def test_classes_come_equally_often():
    for epoch in epochs():
        assert np.bincount(LABELS[epoch]).tolist() == [4, 4, 4]


def test_a_scarce_class_is_repeated_evenly():
    for epoch in epochs():
        times = np.bincount(epoch, minlength=12)
        assert times[:8].max() == 1
        assert sorted(times[8:11]) == [1, 1, 2]
        assert times[11] == 4


def test_epochs_show_other_images_of_a_large_class():
    first, second = (set(epoch[epoch < 8]) for epoch in epochs())
    assert first != second


def test_the_seed_decides():
    np.testing.assert_array_equal(epochs(seed=3), epochs(seed=3))
    assert (epochs(seed=3) != epochs(seed=4)).any()


def test_labels_belong_to_their_images():
    dataset, _ = training_batches(
        PIXELS, LABELS, batch_size=12, epochs=1, seed=0, balanced=True
    )
    ((images, labels),) = dataset.as_numpy_iterator()
    np.testing.assert_array_equal(LABELS[images[:, 0, 0, 0]], labels)
