"""What is learned: user code of the Transform and Trainer components.

Keras reads `~/.keras/keras.json` and `KERAS_BACKEND` when it is imported, and
computes otherwise by them, while nothing in a cache key tells. It is always
imported after this package, which gives it the settings of this project.
"""

import os
from pathlib import Path

os.environ["KERAS_HOME"] = str(Path(__file__).with_name("keras_home"))
os.environ["KERAS_BACKEND"] = "tensorflow"
