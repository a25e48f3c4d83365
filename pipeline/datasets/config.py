"""`DatasetConfig`: everything that a run has to know about a data set.

It is read from a TOML file (`files.py`), or derived from a folder of images
(`pipeline/data/derive.py`). Pure Python.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlsplit

from components.image_example_gen.image_set import ImageSpec
from components.image_example_gen.layout import (
    CIFAR10,
    UNLABELLED,
    Layout,
    is_plain_name,
)
from modules.common.errors import UserError
from modules.common.fields import any_of
from modules.common.resizing import RESIZE_RULES, Resize

SECTIONS = ("autoencoder", "classifier", "sampling", "gates")
"""The tables of a data set file with values that suit the data set."""

DEFAULT = "cifar10"
"""The name of the data set that a run is about if nothing says otherwise."""

MAX_CLASSES = 1_000
MAX_SIZE = 512
"""Of images, pixels."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
_MD5 = re.compile(r"[0-9a-fA-F]{32}")


@dataclasses.dataclass(frozen=True)
class RemoteFile:
    """A file on the web and its expected contents.

    Attributes:
      url: its address.
      md5: the checksum, 32 hexadecimal digits; capitals become small letters.

    Raises:
      UserError: if a value is invalid.
    """

    url: str
    md5: str

    def __post_init__(self) -> None:
        url, md5 = self.url, self.md5
        if not (isinstance(url, str) and _is_address(url)):
            raise UserError(
                f"[[archives]] has url = {url!r}, expected an address of "
                "http:// or https:// that ends with the name of a file."
            )
        if not (isinstance(md5, str) and _MD5.fullmatch(md5)):
            raise UserError(
                f"[[archives]] has md5 = {md5!r}, expected 32 hexadecimal "
                "digits in quotes."
            )
        object.__setattr__(self, "md5", md5.lower())

    @property
    def name(self) -> str:
        """The file's own name, without what is asked for after a `?`."""
        return _last(self.url)

    @property
    def host(self) -> str:
        """The host that serves it."""
        return urlsplit(self.url).netloc


def _is_address(url: str) -> bool:
    """Whether a file can be downloaded from there, under a name of its own."""
    try:
        parts = urlsplit(url)
    except ValueError:  # Of a host in brackets that is none.
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and url.isprintable()
        and is_plain_name(_last(url))
    )


def _last(url: str) -> str:
    return urlsplit(url).path.rsplit("/", 1)[-1]


@dataclasses.dataclass(frozen=True, kw_only=True)
class DatasetConfig:
    """A data set: its images, its classes, and the values that suit it.

    Attributes:
      name: of the pushed model and of the pipeline: letters, digits and `_`.
      title: its name for people; "" for `name`.
      class_names: the classes in label order.
      image_size: height and width of the images as the networks see them,
        pixels; others are resized to it, in training and when served.
      resize: how: `squash` ignores the aspect ratio, `letterbox` keeps it and
        fills the rest with black.
      grey: whether red, green and blue are equal everywhere. Grey images have
        three channels like all others; only the autoencoder's default filters
        are chosen for it.
      min_images: the fewest images of a split; None for two a class, and 20.
      train_images: how many there are to train on, where that is known; small
        data sets are trained on in small batches.
      layout: of the official files; None for CIFAR-10's, and for formats that
        describe themselves.
      archives: the official files on the web.
      defaults: values that suit the data set in place of the preset's, by path,
        such as `sampling.caps.bird`; a user's own go over them.

    Raises:
      UserError: if a value is invalid.
    """

    name: str
    title: str = ""
    class_names: tuple[str, ...]
    image_size: int
    resize: Resize = "squash"
    grey: bool = False
    min_images: int | None = None
    train_images: int | None = None
    layout: Layout | None = None
    archives: tuple[RemoteFile, ...] = ()
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise UserError(problem)

    def _problems(self) -> list[str]:
        names, size = self.class_names, self.image_size
        # Whether an accent is apart from its letter makes no difference.
        same = [unicodedata.normalize("NFC", n) for n in names]
        repeated = next((n for n in same if same.count(n) > 1), None)
        odd = [n for n in names if not (n.strip() and n.isprintable())]
        checks = (
            (
                bool(_NAME.fullmatch(self.name)),
                f"the data set's name is {self.name!r}, expected up to 48 "
                "lower-case letters, digits and _, a letter first.",
            ),
            (
                2 <= len(names) <= MAX_CLASSES,
                f"the data set {self.name} has {len(names)} classes, expected "
                f"2 to {MAX_CLASSES:,}.",
            ),
            (
                repeated is None,
                f"the data set {self.name} has the class {repeated!r} twice; "
                "give each class a name of its own.",
            ),
            (
                not odd,
                f"the data set {self.name} has the class {''.join(odd[:1])!r}, "
                "expected a printable name; rename it.",
            ),
            (
                self.title.isprintable(),
                f"the data set {self.name} has the title {self.title!r}, "
                "expected one line of printable text.",
            ),
            (
                1 <= size <= MAX_SIZE,
                f"the data set {self.name} has images of {size}x{size} pixels, "
                f"expected an image_size of up to {MAX_SIZE}.",
            ),
            (
                self.resize in RESIZE_RULES,
                f"the data set {self.name} has the resize rule "
                f"{self.resize!r}, expected {any_of(RESIZE_RULES)}.",
            ),
        )
        return [message for valid, message in checks if not valid]

    @property
    def label(self) -> str:
        """Its name for people."""
        return self.title or self.name

    @property
    def pipeline_name(self) -> str:
        """Its name for Kubeflow, which takes no `_`."""
        return self.name.replace("_", "-")

    @property
    def min_examples(self) -> int:
        """The fewest images of a split."""
        if self.min_images is not None:
            return self.min_images
        return max(20, 2 * len(self.class_names))

    @property
    def spec(self) -> ImageSpec:
        """What a reader of the images has to know."""
        return ImageSpec(
            self.class_names, self.image_size, self.resize, self.layout
        )

    @property
    def stored(self) -> Layout:
        """The layout of its files where they are no folder of images."""
        if self.layout is not None:
            return self.layout
        return dataclasses.replace(CIFAR10, image_size=self.image_size)

    @property
    def unlabelled(self) -> tuple[str, ...]:
        """The split of its images without labels, if it has any."""
        return (UNLABELLED,) if self.stored.unlabelled else ()

    def identity(self) -> dict[str, Any]:
        """The part that decides what a model learns from the same files."""
        return self.spec.to_dict()

    def to_dict(self) -> dict[str, Any]:
        """As JSON-compatible values."""
        layout = self.layout and self.layout.to_dict()
        changed = {"defaults": dict(self.defaults), "layout": layout}
        return dataclasses.asdict(self) | changed

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`, also from JSON."""
        layout = values["layout"]
        return cls(
            **{
                **values,
                "class_names": tuple(values["class_names"]),
                "layout": Layout.from_dict(layout) if layout else None,
                "archives": tuple(RemoteFile(**a) for a in values["archives"]),
            }
        )
