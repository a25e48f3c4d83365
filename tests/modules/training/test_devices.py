"""A training spread over several devices: here, over two halves of a CPU."""

import subprocess
import sys

import tensorflow as tf

from modules.training import devices

# Devices are divided before TensorFlow starts: it takes a process of its own.
SPREAD = """
import numpy as np, tensorflow as tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)
from modules.autoencoder.network import build_autoencoder
from modules.classifier import fitting
from modules.hparams import AutoencoderParams, ClassifierParams
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
fitting.devices.strategy = lambda distribute: strategy
pixels = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 3), np.uint8)
_, encoder, decoder = build_autoencoder(AutoencoderParams(), 8)
classifier = fitting.train(
    pixels, np.arange(16) % 2, encoder,
    ClassifierParams(widths=(4,), epochs=2, batch_size=8, encoder="joint",
                     reconstruction_weight=1.0, lookahead=True),
    num_classes=2, seed=0, model_run_dir=None, decoder=decoder,
)
assert strategy.num_replicas_in_sync == 2
print("logits", classifier(pixels).shape, np.isfinite(classifier(pixels)).all())
"""


def test_the_same_code_trains_on_several_devices():
    result = subprocess.run(
        [sys.executable, "-c", SPREAD],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "logits (16, 2) True" in result.stdout, result.stderr


def test_without_several_gpus_nothing_is_distributed():
    assert devices.strategy(True) is tf.distribute.get_strategy()
