"""The precision that a training computes in, by what the processor offers.

Convolutions in bfloat16 are about twice as fast where the processor has
instructions for them; where it has none, they are emulated, many times slower.
What is exported computes in float32 in either case. No TensorFlow here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from pathlib import Path

from modules.hparams import ClassifierParams, Precision

INSTRUCTIONS = ("avx512_bf16", "amx_bf16")
"""Any of these flags of an x86 processor makes bfloat16 pay."""


def processor_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """The instruction sets of this machine's processor; none if unknown.

    Args:
      cpuinfo: Linux's description of the processors, whose first is read.
    """
    try:
        lines = cpuinfo.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            return frozenset(value.split())
    return frozenset()


def strips_pay(flags: Collection[str]) -> bool:
    """Whether bfloat16 kernels' gradients are faster by strips of images.

    With AMX, convolutions take less of a step, and it was not measured.
    """
    return "avx512_bf16" in flags and "amx_bf16" not in flags


def resolve(precision: Precision, flags: Collection[str]) -> Precision:
    """What `auto` stands for on a processor with `flags`; others are kept."""
    if precision != "auto":
        return precision
    fast = any(name in flags for name in INSTRUCTIONS)
    return "bfloat16_convolutions" if fast else "float32"


def resolved(params: ClassifierParams) -> ClassifierParams:
    """`params` with the precision that this machine trains in."""
    used = resolve(params.precision, processor_flags())
    return dataclasses.replace(params, precision=used)
