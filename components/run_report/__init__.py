"""RunReport: the results of a run, as a page and as metrics to compare."""
