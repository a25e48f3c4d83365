"""A prediction costs what it did; training costs less while it sees crops."""

from modules import flops
from modules.classifier import cost
from modules.hparams import AutoencoderParams, ClassifierParams

NODE_1 = 2 * (2 * 2 * 3) * 24  # Of one position.
FIRST = 2 * (3 * 3 * 24) * 4
LAST = 2 * 4 * 10


def count(**changes):
    params = ClassifierParams(widths=(4,), depth=1, **changes)
    return cost.count(AutoencoderParams(), params, 32, 10)


def test_whole_images_cost_what_their_network_does():
    forward = 32**2 * NODE_1 + 30**2 * FIRST + LAST
    training = 32**2 * NODE_1 + 2 * 30**2 * FIRST + 3 * LAST
    assert count() == flops.Cost(forward, training)


def test_crops_count_by_their_share_of_the_steps():
    found = count(initial_crop=24, initial_share=0.25)
    at_24 = 24**2 * NODE_1 + 2 * 22**2 * FIRST + 3 * LAST
    assert found.forward == count().forward
    assert found.training == round(0.25 * at_24 + 0.75 * count().training)
