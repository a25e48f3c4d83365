"""What is kept of each run, and how runs are listed and compared."""
