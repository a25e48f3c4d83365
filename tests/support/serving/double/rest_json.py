"""JSON to a PredictRequest, and a PredictResponse to JSON.

Source: util/json_tensor.cc, with rapidjson.
"""

import base64
import binascii
import json

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2, types_pb2

from tests.support.serving.double.status import Refused


def fill(request, text, info_of):
    """FillPredictRequestFromJson; true if it is in rows ("instances")."""
    document = _document(text)
    if "signature_name" in document:
        if not isinstance(document["signature_name"], str):
            raise _invalid(
                f"JSON Value: {_shown(document)} not formatted correctly. "
                "'signature_name' key must be a string value."
            )
        request.model_spec.signature_name = document["signature_name"]
    infos = info_of(request.model_spec)
    if "instances" in document and "inputs" in document:
        raise _invalid(
            f"JSON Value: {_shown(document)} Not formatted correctly expecting "
            "only one of 'inputs' or 'instances' keys to exist "
        )
    if "instances" in document:
        columns = _columns(document, infos)
    elif "inputs" in document:
        columns = _named(document["inputs"], infos)
    else:
        raise _invalid("Missing 'inputs' or 'instances' key")
    for name, value in columns.items():
        request.inputs[name].CopyFrom(_tensor(value, infos[name].dtype))
    return "instances" in document


def _invalid(words):
    return Refused("INVALID_ARGUMENT", words)


def _document(text):
    """ParseJson: what follows the first value is not looked at."""
    if not text:
        raise _invalid("JSON Parse error: The document is empty")
    try:
        document, _ = json.JSONDecoder().raw_decode(text.decode().lstrip())
    except ValueError as error:
        raise _invalid(
            f"JSON Parse error: Invalid value. at offset: "
            f"{getattr(error, 'pos', 0)}"
        ) from error
    if not isinstance(document, dict):
        raise _invalid(f"JSON Value: {_shown(document)} Is not object")
    return document


def _named(value, infos):
    """FillTensorMapFromInputsMap."""
    if isinstance(value, dict) and not _is_b64(value):
        for name in infos:
            if name not in value:
                raise _invalid(
                    f"Missing named input: {name} in 'inputs' object."
                )
        return {name: value[name] for name in infos}
    if len(infos) > 1:
        raise _invalid(
            "inputs is a plain value/list, but expecting an object as "
            "multiple input tensors required as per tensorinfo_map"
        )
    return {next(iter(infos)): value}


def _columns(document, infos):
    """FillTensorMapFromInstancesList."""
    rows = document["instances"]
    if not isinstance(rows, list):
        raise _invalid(
            f"JSON Value: {_shown(document)} Expecting 'instances' to be an "
            "list/array"
        )
    if not rows:
        raise _invalid(
            f"JSON Value: {_shown(document)} No values in 'instances' array"
        )
    if isinstance(rows[0], dict) and not _is_b64(rows[0]):
        for place, row in enumerate(rows):
            if not isinstance(row, dict) or set(row) != set(infos):
                raise _invalid(
                    f"Failed to process element: {place} of 'instances' list. "
                    f"JSON object: {_shown(row)} keys must be equal to: "
                    f"{','.join(sorted(infos))}"
                )
        return {name: [row[name] for row in rows] for name in infos}
    return {next(iter(infos)): rows}


def _is_b64(value):
    """IsValBase64Object."""
    return (
        isinstance(value, dict)
        and set(value) == {"b64"}
        and isinstance(value["b64"], str)
    )


def _tensor(value, dtype):
    """A TensorProto by FillTensorProto; the shape is that of first items."""
    tensor, shape, inner = tensor_pb2.TensorProto(dtype=dtype), [], value
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    for size in shape:
        tensor.tensor_shape.dim.add(size=size)
    _fill(value, 0, shape, tensor)
    return tensor


def _fill(value, level, shape, tensor):
    if not isinstance(value, list):
        if level != len(shape):
            raise _invalid(
                f"JSON Value: {_shown(value)} found at incorrect level: "
                f"{level + 1} in the JSON DOM. Expected at level: {len(shape)}"
            )
        _add(value, tensor)
        return
    if level >= len(shape):
        raise _invalid(
            f"Encountered list at unexpected level: {level} expected < "
            f"{len(shape)}"
        )
    if len(value) != shape[level]:
        raise _invalid(
            f"Encountered list at unexpected size: {len(value)} at level: "
            f"{level} expected size: {shape[level]}"
        )
    for each in value:
        _fill(each, level + 1, shape, tensor)


def _add(value, tensor):
    """AddValueToTensor, of the two types that the signatures have."""
    if tensor.dtype == types_pb2.DT_STRING and isinstance(value, str):
        tensor.string_val.append(value.encode())
    elif tensor.dtype == types_pb2.DT_STRING and isinstance(value, dict):
        tensor.string_val.append(_decoded(value))
    elif tensor.dtype == types_pb2.DT_UINT8 and type(value) is int:
        tensor.int_val.append(value % 256)  # As C++ makes one of an int32.
    else:
        raise _invalid(
            f"JSON Value: {_shown(value)} Type: {_type(value)} is not of "
            f"expected type: {tf.as_dtype(tensor.dtype).name}"
        )


def _type(value):
    """JsonTypeString."""
    if value is None or isinstance(value, bool):
        return "Null" if value is None else str(value)
    kinds = {str: "String", dict: "Object"}
    return kinds.get(type(value), "Number")


def _decoded(value):
    """JsonDecodeBase64Object: absl needs no padding, and skips spaces."""
    if not _is_b64(value):
        raise _invalid(
            f"JSON Value: {_shown(value)} not formatted correctly for base64 "
            "data"
        )
    text = "".join(value["b64"].split())
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid("Unable to base64 decode") from error


def _shown(value):
    """JsonValueToDebugString: 256 bytes of it."""
    return json.dumps(value)[:256]


def answer(response, rows):
    """MakeJsonFromTensors: by rows or by columns, bare where one output."""
    columns = {
        name: _plain(name, tf.make_ndarray(tensor))
        for name, tensor in response.outputs.items()
    }
    if not rows:
        only = next(iter(columns.values())) if len(columns) == 1 else columns
        return {"outputs": only}
    if len(columns) == 1:
        return {"predictions": next(iter(columns.values()))}
    table = zip(*columns.values(), strict=True)
    return {"predictions": [dict(zip(columns, r, strict=True)) for r in table]}


def _plain(name, value):
    """AddSingleValueAndAdvance; bytes in base64 where the name says so."""
    if value.dtype == object:
        if not name.endswith("_bytes"):
            return [each.decode() for each in value.ravel()]
        return [
            {"b64": base64.b64encode(each).decode()} for each in value.ravel()
        ]
    if value.dtype != np.float32:
        return value.tolist()
    return np.vectorize(_shortest, [object])(value).tolist()


def _shortest(value):
    """WriteDecimal: six digits if they say it, else nine."""
    six = float(f"{value:.6g}")
    return six if np.float32(six) == value else float(f"{value:.9g}")
