"""The kept count of each class, in few lines."""

from pipeline.console import class_counts


def test_classes_with_the_same_count_share_a_line():
    counts = {"bird": 2_500, "cat": 5_000, "deer": 2_500, "frog": 17}
    assert class_counts.lines(counts) == [
        "10,017 training images kept by the class caps",
        "  cat: 5,000",
        "  bird, deer: 2,500 each",
        "  frog: 17",
    ]
