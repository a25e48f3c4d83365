"""The studies: which systems each compares."""
