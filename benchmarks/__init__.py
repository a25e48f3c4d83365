"""Scripts that measure, and what they printed."""
