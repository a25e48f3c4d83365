"""The command line: what a user types. It imports nothing slow at start-up."""
