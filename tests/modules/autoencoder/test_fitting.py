"""A decoder is fitted to an encoder that stays as it is."""

import numpy as np

from modules.autoencoder.fitting import refit_decoder
from tests.support.modules.bottleneck import PIXELS, encoder_decoder


def test_the_decoder_is_fitted_to_an_encoder_that_moved():
    encoder, decoder = encoder_decoder()
    kept, before = encoder.get_weights(), decoder.get_weights()
    refit_decoder(encoder, decoder, PIXELS, epochs=1, seed=0)
    assert any(
        not np.array_equal(a, b)
        for a, b in zip(before, decoder.get_weights(), strict=True)
    )
    for a, b in zip(kept, encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
