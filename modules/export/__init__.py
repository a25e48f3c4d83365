"""Exports a trained model: signatures, native files, metadata."""
