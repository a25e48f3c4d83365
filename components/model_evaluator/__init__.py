"""ModelEvaluator: measure a model on the test images, and bless it or not."""
