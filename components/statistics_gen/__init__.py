"""StatisticsGen: TFDV's statistics of each split."""
