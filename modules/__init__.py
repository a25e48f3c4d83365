"""The models: user code of the Transform and Trainer components.

Keras reads `~/.keras/keras.json` and `KERAS_BACKEND` when it is imported. They
change its results, but are in no cache key. So Keras is always imported after
this package, which sets this project's settings.
"""

import os
from pathlib import Path

os.environ["KERAS_HOME"] = str(Path(__file__).with_name("keras_home"))
os.environ["KERAS_BACKEND"] = "tensorflow"
