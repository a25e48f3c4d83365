"""The classifier's `run_fn`, as the pipeline of the first machine calls it.

`python -m tests.support.modules.first_machine ARGUMENTS`, JSON of `FnArgs`.
TensorFlow has computed something by then.
"""

import json
import logging
import sys
from types import SimpleNamespace

import tensorflow as tf

from modules.classifier import trainer

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    assert int(tf.constant(1) + 1) == 2
    trainer.run_fn(SimpleNamespace(**json.loads(sys.argv[1])))
