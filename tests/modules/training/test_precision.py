"""`auto` is decided by what the processor offers."""

import typing

import pytest

from modules import hparams
from modules.hparams import ClassifierParams
from modules.training import precision

CPUINFO = """processor\t: 0
model name\t: A processor
flags\t\t: fpu avx512f {}
bugs\t\t: amx_bf16

processor\t: 1
flags\t\t: fpu avx512_bf16
"""


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("", "float32"),
        ("avx512_fp16", "float32"),
        ("avx512_bf16", "bfloat16_convolutions"),
        ("amx_tile amx_bf16", "bfloat16_convolutions"),
    ],
)
def test_auto_is_bfloat16_where_there_are_instructions_for_it(
    tmp_path, flags, expected
):
    (tmp_path / "cpuinfo").write_text(CPUINFO.format(flags))
    found = precision.processor_flags(tmp_path / "cpuinfo")
    assert found == {"fpu", "avx512f", *flags.split()}
    assert precision.resolve("auto", found) == expected


def test_a_machine_that_says_nothing_trains_in_float32(tmp_path):
    flags = precision.processor_flags(tmp_path / "nowhere")
    assert precision.resolve("auto", flags) == "float32"


@pytest.mark.parametrize(
    "stated", [p for p in typing.get_args(hparams.Precision) if p != "auto"]
)
def test_what_is_stated_is_used_on_every_machine(stated):
    params = ClassifierParams(precision=stated)
    assert precision.resolved(params) == params


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("", False), ("avx512_bf16", True), ("avx512_bf16 amx_bf16", False)],
)
def test_strips_are_for_processors_without_amx(flags, expected):
    assert precision.strips_pay(flags.split()) == expected
