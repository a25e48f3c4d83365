"""Component that puts the curated schema into the DAG."""
