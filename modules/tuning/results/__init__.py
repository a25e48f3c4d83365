"""The artifact `tuner_results` of a search: its files and its plot."""
