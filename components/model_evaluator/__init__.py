"""ModelEvaluator: evaluates a model on the test images, blesses it or not."""
