"""On the user's machine: from the DAG to one YAML file."""
