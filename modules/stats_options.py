"""StatisticsGen: selects the statistics to compute."""

from __future__ import annotations

import tfx  # noqa: F401  (first: TFDV needs what it stands in for in tfx_bsl)

# isort: split
import tensorflow_data_validation as tfdv

_BUCKETS = 10
"""Of a histogram. AnomalyGate compares them: with more buckets, small splits of
the same data differ more by chance."""


def stats_options() -> tfdv.StatsOptions:
    """Options under which 60,000 images take seconds.

    Give StatisticsGen the curated schema too: its image domain is what keeps
    TFDV from counting distinct PNGs. Keys are distinct anyway, so a sketch of
    the most frequent ones is plenty. No statistic that ExampleValidator looks
    at is left out, no example is sampled away.
    """
    return tfdv.StatsOptions(
        use_sketch_based_topk_uniques=True,
        num_top_values=10,
        num_rank_histogram_buckets=10,
        num_histogram_buckets=_BUCKETS,
    )
