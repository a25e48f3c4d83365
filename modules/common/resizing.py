"""How images of another size become square: the rule, in one place.

Training's reader (`components/image_example_gen/image_file.py`) and the served
graph (`modules/export/decode.py`) both follow it. Bilinear with antialiasing in
either case. Pure Python.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

Resize = Literal["squash", "letterbox"]
RESIZE_RULES: tuple[Resize, ...] = get_args(Resize)
"""`squash` ignores the aspect ratio; `letterbox` keeps it and centres the image
on black."""


def fitted(side: Any, longer: Any, size: int) -> Any:
    """A side's length when the longer side is made `size` pixels long.

    Rounded to the nearest, half up; 0 becomes 1 where it is used. Integers, or
    TensorFlow's tensors of them.
    """
    return (2 * side * size + longer) // (2 * longer)
