"""StatisticsGen: selects the statistics to compute."""

from __future__ import annotations

import tfx  # noqa: F401  (first: TFDV needs what it stands in for in tfx_bsl)

# isort: split
import tensorflow_data_validation as tfdv

_BUCKETS = 10
"""Of a histogram, at least: image statistics are compared by them."""


def stats_options(num_classes: int) -> tfdv.StatsOptions:
    """Options under which 60,000 images take seconds.

    Give StatisticsGen the curated schema too: its image domain is what keeps
    TFDV from counting distinct PNGs. Keys are distinct anyway, so a sketch of
    the most frequent ones is plenty. The label's equal-width histogram has at
    least one bucket a class and shows the balance of the classes. No statistic
    that ExampleValidator looks at is left out, no example is sampled away.
    """
    return tfdv.StatsOptions(
        use_sketch_based_topk_uniques=True,
        num_top_values=10,
        num_rank_histogram_buckets=10,
        num_histogram_buckets=max(_BUCKETS, num_classes),
    )
