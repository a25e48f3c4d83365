"""JSON to a PredictRequest, and a PredictResponse to JSON.

Source: util/json_tensor.cc.
"""

import base64
import binascii
import json

import numpy as np
import tensorflow as tf

from tests.support.serving.double.status import Refused


def fill(request, text, info_of):
    """FillPredictRequestFromJson; true if it is in rows ("instances")."""
    document = _document(text)
    if "signature_name" in document:
        request.model_spec.signature_name = document["signature_name"]
    infos = info_of(request.model_spec)
    if "instances" in document and "inputs" in document:
        raise _invalid(
            f"JSON Value: {text} Not formatted correctly expecting only one "
            "of 'inputs' or 'instances' keys to exist "
        )
    if "instances" in document:
        columns = _columns(document["instances"], infos)
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
    if not text:
        raise _invalid("JSON Parse error: The document is empty")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise _invalid(
            f"JSON Parse error: Invalid value. at offset: "
            f"{getattr(error, 'pos', 0)}"
        ) from error
    if not isinstance(document, dict):
        raise _invalid(f"JSON Value: {document} Is not object")
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


def _columns(rows, infos):
    """FillTensorMapFromInstancesList."""
    if not isinstance(rows, list):
        raise _invalid(
            f"JSON Value: {rows} Expecting 'instances' to be an list/array"
        )
    if not rows:
        raise _invalid("JSON Value: [] No values in 'instances' array")
    if isinstance(rows[0], dict) and not _is_b64(rows[0]):
        for place, row in enumerate(rows):
            if not isinstance(row, dict) or set(row) != set(infos):
                raise _invalid(
                    f"Failed to process element: {place} of 'instances' list. "
                    f"JSON object: {row} keys must be equal to: "
                    f"{','.join(sorted(infos))}"
                )
        return {name: [row[name] for row in rows] for name in infos}
    return {next(iter(infos)): rows}


def _is_b64(value):
    return isinstance(value, dict) and set(value) == {"b64"}


def _tensor(value, dtype):
    kind = tf.as_dtype(dtype)
    value = _decoded(value) if kind == tf.string else value
    try:
        array = np.array(value, kind.as_numpy_dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise _invalid(
            f"JSON Value: {str(value)[:60]} is not of expected type: "
            f"{kind.name}"
        ) from error
    return tf.make_tensor_proto(array, dtype=kind)


def _decoded(value):
    if isinstance(value, list):
        return [_decoded(each) for each in value]
    if isinstance(value, str):
        return value.encode()
    if not _is_b64(value):
        raise _invalid(
            f"JSON Value: {value} not formatted correctly for base64 data"
        )
    try:
        return base64.b64decode(value["b64"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid("Unable to base64 decode") from error


def answer(response, rows):
    """MakeJsonFromTensors: by rows or by columns, bare where one output."""
    columns = {
        name: _plain(tf.make_ndarray(tensor))
        for name, tensor in response.outputs.items()
    }
    if not rows:
        only = next(iter(columns.values())) if len(columns) == 1 else columns
        return {"outputs": only}
    if len(columns) == 1:
        return {"predictions": next(iter(columns.values()))}
    table = zip(*columns.values(), strict=True)
    return {"predictions": [dict(zip(columns, r, strict=True)) for r in table]}


def _plain(value):
    if value.dtype != object:
        return value.tolist()
    return [each.decode() for each in value.ravel()]
