"""A training whose weights move by one a step, with and without Lookahead."""

import keras
import numpy as np

from modules.training.lookahead import EVERY, FINAL_DECAY, Lookahead


class Walk(keras.callbacks.Callback):
    """Moves the weights by one a step, as an optimiser would."""

    def on_train_batch_end(self, batch, logs=None):
        for variable in self.model.weights:
            variable.assign(variable + 1.0)


def walk(steps, *, lookahead):
    """How far the weights get in a training that only `Walk` moves."""
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.BatchNormalization(momentum=1.0)]
    )
    start = [w.copy() for w in model.get_weights()]
    model.compile(keras.optimizers.SGD(0.0), "mean_squared_error")
    model.fit(
        np.zeros((steps, 1), np.float32),
        np.zeros((steps, 1), np.float32),
        batch_size=1,
        verbose=0,
        callbacks=[Walk(), *([Lookahead(steps)] if lookahead else [])],
    )
    return [
        float((after - before).item())
        for before, after in zip(start, model.get_weights(), strict=True)
    ]


def expected(steps):
    """The same with Lookahead, by hand."""
    weight = average = 0.0
    for step in range(1, steps + 1):
        weight += 1
        if step == steps:
            weight = average
        elif step % EVERY == 0:
            decay = FINAL_DECAY * (step / steps) ** 3
            weight = average = decay * average + (1 - decay) * weight
    return weight
