"""The models: user code of the Transform and Trainer components.

Keras reads `~/.keras/keras.json` and `KERAS_BACKEND` when it is imported. They
change its results, but are in no cache key. So Keras is always imported after
this package, which sets this project's settings.

TensorFlow decides when it is imported whether it uses oneDNN: by default only
on processors with instructions for neural networks, such as AVX-512 VNNI
(`DefaultOneDnnPolicy` in its core/util/port.cc, 2.21). On those with AVX2 alone
it trains faster too, so it is asked for everywhere.
"""

import os
from pathlib import Path

os.environ["KERAS_HOME"] = str(Path(__file__).with_name("keras_home"))
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
