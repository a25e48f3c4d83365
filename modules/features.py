"""The features of the tf.Examples that pass from component to component.

ImageExampleGen writes the first three and those of `modules.image_statistics`,
all of which the schema describes; Transform the others, and `label` again. Pure
Python.
"""

IMAGE = "image"
"""bytes: the image as PNG."""

LABEL = "label"
"""int64: the class, a position in the list of class names."""

NO_LABEL = -1
"""The label of an image of the split `unlabelled`."""

KEY = "key"
"""bytes: the image's name, unique in its split and the same in every run."""

PIXELS = "pixels"
"""bytes: the decoded image, uint8 [H, W, 3] in row-major order."""

SAMPLED = "sampled"
"""int64, 0 or 1: whether the class caps keep a training image."""

HOLDOUT = "holdout"
"""int64, 0 or 1: whether a sampled image is held out for tuning."""
