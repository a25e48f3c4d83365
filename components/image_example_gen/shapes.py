"""The ten drawings of the built-in sample, as layers of simple shapes.

A drawing lives in the square [-1, 1] x [-1, 1], x to the right and y down. A
shape maps such coordinates to signed distances (negative inside). Only IEEE
basic arithmetic and square roots are used, element by element, so that every
platform draws the same bytes.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
Shape = Callable[[Array, Array], Array]
Tint = Literal["body", "dark", "light"]
Point = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Layer:
    """One shape painted in one of the three colours of its drawing."""

    tint: Tint
    shape: Shape


def ellipse(x0: float, y0: float, a: float, b: float) -> Shape:
    """An ellipse around (x0, y0) with half axes `a`, `b`."""

    def distance(x: Array, y: Array) -> Array:
        u, v = (x - x0) / a, (y - y0) / b
        return (np.sqrt(u * u + v * v) - 1) * min(a, b)

    return distance


def stroke(start: Point, stop: Point, radius: float) -> Shape:
    """A straight line with round ends, `radius` to either side."""
    dx, dy = stop[0] - start[0], stop[1] - start[1]
    length_squared = dx * dx + dy * dy

    def distance(x: Array, y: Array) -> Array:
        u, v = x - start[0], y - start[1]
        along = np.clip((u * dx + v * dy) / length_squared, 0, 1)
        u, v = u - along * dx, v - along * dy
        return np.sqrt(u * u + v * v) - radius

    return distance


def polygon(*corners: Point) -> Shape:
    """A convex polygon, its corners clockwise as seen on the screen."""

    def distance(x: Array, y: Array) -> Array:
        result = np.full_like(x, -np.inf)
        for (x0, y0), (x1, y1) in zip(
            corners, corners[1:] + corners[:1], strict=True
        ):
            dx, dy = x1 - x0, y1 - y0
            edge = ((x - x0) * dy - (y - y0) * dx) / math.sqrt(
                dx * dx + dy * dy
            )
            result = np.maximum(result, edge)
        return result

    return distance


def box(left: float, top: float, right: float, bottom: float) -> Shape:
    """An upright rectangle."""
    return polygon((left, top), (right, top), (right, bottom), (left, bottom))


def body(*shapes: Shape) -> list[Layer]:
    """Layers in the main colour."""
    return [Layer("body", shape) for shape in shapes]


def dark(*shapes: Shape) -> list[Layer]:
    """Layers in a dark shade of the main colour."""
    return [Layer("dark", shape) for shape in shapes]


def light(*shapes: Shape) -> list[Layer]:
    """Layers in a light shade of the main colour."""
    return [Layer("light", shape) for shape in shapes]


AIRPLANE = [
    *body(
        stroke((0.1, 0.0), (-0.4, -0.85), 0.13),
        stroke((0.1, 0.0), (-0.4, 0.85), 0.13),
        stroke((-0.7, 0.0), (-0.95, -0.35), 0.09),
        stroke((-0.7, 0.0), (-0.95, 0.35), 0.09),
        stroke((-0.8, 0.0), (0.85, 0.0), 0.15),
    ),
    *dark(ellipse(0.7, 0.0, 0.14, 0.09)),
]
AUTOMOBILE = [
    *body(
        polygon((-0.6, 0.1), (-0.32, -0.42), (0.32, -0.42), (0.65, 0.1)),
        box(-0.95, 0.02, 0.95, 0.48),
    ),
    *light(
        polygon((-0.42, 0.04), (-0.24, -0.3), (-0.02, -0.3), (-0.02, 0.04)),
        polygon((0.08, 0.04), (0.08, -0.3), (0.24, -0.3), (0.44, 0.04)),
    ),
    *dark(ellipse(-0.52, 0.5, 0.24, 0.24), ellipse(0.54, 0.5, 0.24, 0.24)),
    *light(ellipse(-0.52, 0.5, 0.09, 0.09), ellipse(0.54, 0.5, 0.09, 0.09)),
]
BIRD = [
    *dark(
        stroke((-0.05, 0.4), (-0.05, 0.9), 0.045),
        stroke((0.15, 0.4), (0.15, 0.9), 0.045),
    ),
    *body(
        polygon((-0.4, -0.05), (-0.35, 0.3), (-0.98, 0.35), (-0.98, 0.05)),
        ellipse(-0.02, 0.12, 0.52, 0.36),
        ellipse(0.45, -0.32, 0.27, 0.27),
    ),
    *light(polygon((0.66, -0.42), (1.0, -0.26), (0.66, -0.16))),
    *dark(ellipse(-0.12, 0.08, 0.3, 0.17), ellipse(0.5, -0.38, 0.07, 0.07)),
]
CAT = [
    *body(
        polygon((-0.62, 0.1), (-0.6, -0.9), (-0.02, -0.3)),
        polygon((0.62, 0.1), (0.02, -0.3), (0.6, -0.9)),
        ellipse(0.0, 0.2, 0.68, 0.58),
    ),
    *light(ellipse(-0.27, 0.08, 0.15, 0.13), ellipse(0.27, 0.08, 0.15, 0.13)),
    *dark(
        ellipse(-0.27, 0.08, 0.06, 0.12),
        ellipse(0.27, 0.08, 0.06, 0.12),
        polygon((-0.1, 0.34), (0.1, 0.34), (0.0, 0.46)),
        stroke((0.3, 0.42), (0.85, 0.36), 0.03),
        stroke((-0.3, 0.42), (-0.85, 0.36), 0.03),
    ),
]
DEER = [
    *light(
        stroke((-0.14, -0.1), (-0.45, -0.9), 0.07),
        stroke((0.14, -0.1), (0.45, -0.9), 0.07),
        stroke((-0.3, -0.5), (-0.8, -0.62), 0.06),
        stroke((0.3, -0.5), (0.8, -0.62), 0.06),
    ),
    *body(
        ellipse(-0.42, -0.02, 0.22, 0.11),
        ellipse(0.42, -0.02, 0.22, 0.11),
        ellipse(0.0, 0.15, 0.32, 0.4),
        ellipse(0.0, 0.6, 0.2, 0.34),
    ),
    *dark(
        ellipse(-0.15, 0.12, 0.06, 0.07),
        ellipse(0.15, 0.12, 0.06, 0.07),
        ellipse(0.0, 0.82, 0.13, 0.09),
    ),
]
DOG = [
    *body(ellipse(0.0, 0.0, 0.56, 0.66)),
    *dark(
        ellipse(-0.62, 0.1, 0.2, 0.52),
        ellipse(0.62, 0.1, 0.2, 0.52),
        ellipse(-0.22, -0.15, 0.09, 0.1),
        ellipse(0.22, -0.15, 0.09, 0.1),
    ),
    *light(ellipse(0.0, 0.38, 0.3, 0.3)),
    *dark(ellipse(0.0, 0.24, 0.15, 0.11), stroke((0, 0.3), (0, 0.52), 0.03)),
]
FROG = [
    *body(
        ellipse(-0.78, 0.62, 0.2, 0.2),
        ellipse(0.78, 0.62, 0.2, 0.2),
        ellipse(-0.45, -0.3, 0.28, 0.28),
        ellipse(0.45, -0.3, 0.28, 0.28),
        ellipse(0.0, 0.25, 0.88, 0.46),
    ),
    *light(ellipse(-0.45, -0.32, 0.18, 0.18), ellipse(0.45, -0.32, 0.18, 0.18)),
    *dark(
        ellipse(-0.45, -0.32, 0.09, 0.09),
        ellipse(0.45, -0.32, 0.09, 0.09),
        stroke((-0.55, 0.26), (0.0, 0.42), 0.05),
        stroke((0.0, 0.42), (0.55, 0.26), 0.05),
    ),
]
HORSE = [
    *dark(
        stroke((-0.62, -0.1), (-0.92, 0.4), 0.08),
        stroke((0.3, -0.3), (0.5, -0.78), 0.1),
    ),
    *body(
        stroke((-0.52, 0.1), (-0.6, 0.88), 0.08),
        stroke((-0.32, 0.1), (-0.28, 0.88), 0.08),
        stroke((0.2, 0.1), (0.18, 0.88), 0.08),
        stroke((0.4, 0.1), (0.48, 0.88), 0.08),
        stroke((-0.42, 0.02), (0.3, 0.02), 0.26),
        stroke((0.38, -0.05), (0.62, -0.65), 0.15),
        stroke((0.62, -0.65), (0.9, -0.42), 0.11),
    ),
]
SHIP = [
    *dark(box(-0.02, -0.75, 0.26, 0.0)),
    *light(box(-0.5, -0.28, 0.5, 0.24)),
    *body(polygon((-0.98, 0.18), (0.98, 0.18), (0.66, 0.7), (-0.66, 0.7))),
    *dark(
        ellipse(-0.28, 0.0, 0.08, 0.08),
        ellipse(0.0, 0.0, 0.08, 0.08),
        ellipse(0.28, 0.0, 0.08, 0.08),
    ),
    *light(stroke((-0.75, 0.38), (0.75, 0.38), 0.04)),
]
TRUCK = [
    *body(
        box(-0.98, -0.62, 0.34, 0.42),
        polygon((0.42, 0.42), (0.42, -0.25), (0.76, -0.25), (0.98, 0.1),
                (0.98, 0.42)),
    ),
    *light(
        polygon((0.52, 0.06), (0.52, -0.14), (0.7, -0.14), (0.82, 0.06)),
        stroke((-0.85, -0.1), (0.2, -0.1), 0.05),
    ),
    *dark(
        ellipse(-0.68, 0.5, 0.2, 0.2),
        ellipse(-0.2, 0.5, 0.2, 0.2),
        ellipse(0.66, 0.5, 0.2, 0.2),
    ),
]  # fmt: skip

# In CIFAR-10's label order.
DRAWINGS = (
    AIRPLANE, AUTOMOBILE, BIRD, CAT, DEER, DOG, FROG, HORSE, SHIP, TRUCK,
)  # fmt: skip
