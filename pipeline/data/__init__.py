"""The images: found, fetched, extracted and checked."""
