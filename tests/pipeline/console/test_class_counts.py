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


def test_many_classes_are_not_all_named():
    counts = {f"c{i:03d}": 8 for i in range(200)}
    total, line = class_counts.lines(counts)
    assert total.startswith("1,600")
    assert line.endswith("c011 and 188 more: 8 each")
    different = {name: 10 + i for i, name in enumerate(counts)}
    assert class_counts.lines(different)[1:] == [
        "  200 classes: 10 to 209 each"
    ]
