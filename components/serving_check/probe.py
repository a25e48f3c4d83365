"""Loads a SavedModel as TensorFlow Serving does, and answers requests.

Run in a process of its own: `python -I probe.py MODEL REQUESTS RESULTS`. It has
no access to this project: a SavedModel must be self-contained.

MODEL is the directory; REQUESTS a TFRecord file of PredictRequests; RESULTS
the name, without suffix, of two files to write. The `.json` has `signatures`
(by name, the `inputs` and `outputs`, each by name [dtype, shape]) and
`answers`, one a request: `error` (the class of `tf.errors`, or ""),
`message`, `seconds`. The `.npz` has the outputs as `<request>.<name>`.
"""

from __future__ import annotations

import json
import pathlib
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2
from tensorflow_serving.apis import predict_pb2

FORBIDDEN = {"components", "kubeflow", "modules", "pipeline", "serving"}


class NotHere:
    """An import hook that finds none of the project's packages."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """Refuses `FORBIDDEN`, and leaves the others to other hooks."""
        if name.partition(".")[0] in FORBIDDEN:
            raise ModuleNotFoundError(f"{name} must not be needed to serve.")


_TAGS = ["serve"]


class Model:
    """A SavedModel in a session."""

    def __init__(self, directory: str) -> None:
        self._session = tf.compat.v1.Session(graph=tf.Graph())
        with self._session.graph.as_default():
            meta_graph = tf.compat.v1.saved_model.load(
                self._session, _TAGS, directory
            )
        self._signatures = {
            name: signature
            for name, signature in meta_graph.signature_def.items()
            if not name.startswith("__")
        }
        self._calls = {
            name: self._callable(signature)
            for name, signature in self._signatures.items()
        }

    def signatures(self) -> dict[str, Any]:
        """The signatures, see the module's docstring."""
        return {
            name: {
                "inputs": _tensors(signature.inputs),
                "outputs": _tensors(signature.outputs),
            }
            for name, signature in self._signatures.items()
        }

    def predict(self, request: Any) -> dict[str, Any]:
        """The outputs by name.

        Raises:
          tf.errors.OpError: as the server would answer.
        """
        name = request.model_spec.signature_name
        if name not in self._signatures:
            raise tf.errors.NotFoundError(None, None, f"no signature {name}")
        signature = self._signatures[name]
        inputs = [tf.make_ndarray(request.inputs[n]) for n in signature.inputs]
        outputs = self._calls[name](*inputs)
        return dict(zip(signature.outputs, outputs, strict=True))

    def _callable(self, signature: Any) -> Callable[..., Sequence[Any]]:
        # `Session.run` and `make_callable` convert what they are fed; this
        # hands it to the graph as the server does.
        return self._session._make_callable_from_options(
            config_pb2.CallableOptions(
                feed=[t.name for t in signature.inputs.values()],
                fetch=[t.name for t in signature.outputs.values()],
            )
        )


def _tensors(infos: Any) -> dict[str, Any]:
    return {
        name: [
            tf.dtypes.as_dtype(info.dtype).name,
            None
            if info.tensor_shape.unknown_rank
            else [dim.size for dim in info.tensor_shape.dim],
        ]
        for name, info in infos.items()
    }


def _answer(
    model: Model, request: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is said of the answer, and its outputs."""
    outputs: dict[str, Any] = {}
    error, message = "", ""
    start = time.perf_counter()
    try:
        outputs = model.predict(request)
    except tf.errors.OpError as problem:
        error, message = type(problem).__name__, problem.message
    seconds = time.perf_counter() - start
    return {"error": error, "message": message, "seconds": seconds}, outputs


def main(directory: str, requests: str, results: str) -> None:
    """Answers all requests."""
    sys.meta_path.insert(0, NotHere)
    model = Model(directory)
    records = tf.data.TFRecordDataset(requests).as_numpy_iterator()
    answers: list[dict[str, Any]] = []
    arrays: dict[str, Any] = {}
    for index, record in enumerate(records):
        request = predict_pb2.PredictRequest.FromString(record)
        answer, outputs = _answer(model, request)
        answers.append(answer)
        for name, value in outputs.items():
            array = np.asarray(value)
            text = array.dtype == object
            arrays[f"{index}.{name}"] = array.astype("S") if text else array
    np.savez(f"{results}.npz", **arrays)
    pathlib.Path(f"{results}.json").write_text(
        json.dumps({"signatures": model.signatures(), "answers": answers})
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
