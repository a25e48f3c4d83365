"""The curated schema of ImageExampleGen's tf.Examples."""

from __future__ import annotations

from pathlib import Path

SCHEMA = Path(__file__).with_name("schema.pbtxt")
