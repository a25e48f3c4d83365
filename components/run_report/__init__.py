"""RunReport: what came of a run, as a page to read and figures to compare."""
