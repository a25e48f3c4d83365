"""TFRecords of tf.Example with an encoded image and its class.

The features are `image` (or `image/encoded`), the bytes of a PNG or JPEG file,
and `label` (or `image/class/label`), a number, as TensorFlow Datasets writes
them. Without TensorFlow: the message is declared here, the same on the wire as
`tensorflow/core/example/example.proto`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message,
    message_factory,
)

from components.image_example_gen.image_file import MAX_BYTES, printable
from components.image_example_gen.readers.entry import Entry, Listing
from modules.common import tfrecords
from modules.common.errors import UserError, escaped
from modules.common.tfrecords import CHECKSUM, HEADER

IMAGES = ("image", "image/encoded")
LABELS = ("label", "image/class/label")
_SHOWN, _SHOWN_LENGTH = 5, 50


def entries(path: Path) -> Listing:
    """The images of a file, in its order; keys are their places.

    Raises:
      UserError: if it is damaged, or a record is not as expected.
    """
    found: list[Entry] = []
    with path.open("rb") as file:
        size = path.stat().st_size
        while header := file.read(HEADER.size):
            at, number = file.tell(), len(found)
            length = _length(path, number, header, size - at)
            content = file.read(length)
            (checksum,) = CHECKSUM.unpack(file.read(CHECKSUM.size))
            if checksum != tfrecords.checksum(content):
                raise _damaged(path, number, "its checksum is wrong")
            _, label = _parsed(path, number, content)
            found.append(Entry(f"{number:05d}", label, at, length))
    return Listing(found)


def image(path: Path, entry: Entry) -> bytes:
    """An entry's image file."""
    with path.open("rb") as file:
        file.seek(entry.offset)
        content = file.read(entry.size)
    return _parsed(path, int(entry.key), content)[0]


def _length(path: Path, number: int, header: bytes, rest: int) -> int:
    if len(header) < HEADER.size:
        raise _damaged(path, number, "the file ends within it")
    length, checksum = HEADER.unpack(header)
    if checksum != tfrecords.checksum(header[:8]):
        raise _damaged(path, number, "the checksum of its length is wrong")
    if length + CHECKSUM.size > rest:
        raise _damaged(path, number, "the file ends within it")
    if length > MAX_BYTES:
        raise UserError(
            f"{printable(path)}: record {number} has {length:,} bytes, "
            f"expected at most {MAX_BYTES:,}; write the file with a smaller "
            "image, or without it."
        )
    return int(length)


def _damaged(path: Path, number: int, why: str) -> UserError:
    return UserError(
        f"{printable(path)}: record {number} is damaged ({why}); "
        "expected a TFRecord file that is not compressed, get it again."
    )


def _parsed(path: Path, number: int, content: bytes) -> tuple[bytes, int]:
    """The image and the label of a serialized tf.Example."""
    example = _EXAMPLE()
    try:
        example.ParseFromString(content)
    except message.DecodeError as error:
        raise UserError(
            f"{printable(path)}: record {number} is no tf.Example; "
            "write the file again."
        ) from error
    features = example.features.feature
    images = _only(features, IMAGES, "bytes_list")
    labels = _only(features, LABELS, "int64_list")
    if images is None or labels is None:
        raise UserError(
            f"{printable(path)}: record {number} has the features "
            f"{', '.join(_shown(features)) or 'none'}; expected {IMAGES[0]}, "
            f"one PNG or JPEG file, and {LABELS[0]}, one whole number."
        )
    return images, labels


def _shown(features: Any) -> list[str]:
    """The names of a few features."""
    names = sorted(features)
    more = ["…"] if len(names) > _SHOWN else []
    return [escaped(name[:_SHOWN_LENGTH]) for name in names[:_SHOWN]] + more


def _only(features: Any, names: tuple[str, ...], kind: str) -> Any:
    """The one value of the first of the features that is there, or None."""
    for name in names:
        if name in features:
            values = getattr(features[name], kind).value
            return values[0] if len(values) == 1 else None
    return None


def _example_class() -> Any:
    """The class of tf.Example's messages, in a pool of its own."""
    made = descriptor_pb2.FileDescriptorProto(
        name="example_records.proto", package="records", syntax="proto3"
    )
    kinds = descriptor_pb2.FieldDescriptorProto

    def add(parent: Any, name: str) -> Any:
        return parent.add(name=name)

    def put(
        owner: Any,
        name: str,
        number: int,
        kind: int,
        of: str = "",
        many: int = 1,
    ) -> None:
        owner.field.add(
            name=name,
            number=number,
            type=kind,
            type_name=f".records.{of}" if of else None,
            label=kinds.LABEL_REPEATED if many > 1 else kinds.LABEL_OPTIONAL,
        )

    text, inner = kinds.TYPE_BYTES, kinds.TYPE_MESSAGE
    values = add(made.message_type, "BytesList")
    put(values, "value", 1, text, many=2)
    numbers = add(made.message_type, "Int64List")
    put(numbers, "value", 1, kinds.TYPE_INT64, many=2)
    feature = add(made.message_type, "Feature")
    put(feature, "bytes_list", 1, inner, "BytesList")
    put(feature, "int64_list", 3, inner, "Int64List")
    features = add(made.message_type, "Features")
    entry = add(features.nested_type, "FeatureEntry")
    entry.options.map_entry = True
    put(entry, "key", 1, kinds.TYPE_STRING)
    put(entry, "value", 2, inner, "Feature")
    put(features, "feature", 1, inner, "Features.FeatureEntry", many=2)
    example = add(made.message_type, "Example")
    put(example, "features", 1, inner, "Features")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(made)
    found = pool.FindMessageTypeByName("records.Example")
    return message_factory.GetMessageClass(found)


_EXAMPLE = _example_class()
