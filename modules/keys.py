"""The random, reproducible order of the images: a keyed hash of their keys."""

from __future__ import annotations

import hashlib

import tensorflow as tf

from modules import caps


def hash_keys(keys: tf.Tensor, seed: int) -> tf.Tensor:
    """A keyed hash of each key: int64 [N] in [0, `caps.NO_CUT`).

    SipHash under a key that SHA-256 derives from the seed: another seed gives
    an unrelated order, and no choice of image keys can favour an image.
    """
    digest = hashlib.sha256(f"class caps, seed {seed}".encode()).digest()
    sip_key = [
        int.from_bytes(digest[start : start + 8], "little", signed=True)
        for start in (0, 8)
    ]
    return tf.strings.to_hash_bucket_strong(keys, caps.NO_CUT, sip_key)
