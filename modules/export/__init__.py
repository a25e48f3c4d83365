"""What a trained model is exported as: signatures, native files, metadata."""
