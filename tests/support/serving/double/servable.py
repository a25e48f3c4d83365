"""One version of a model: loaded into a session, and asked.

Sources: tensorflow/cc/saved_model/loader.cc and util.cc in
github.com/tensorflow/tensorflow (what is loaded; inputs), and in
servables/tensorflow/: saved_model_warmup.cc and predict_util.cc (how a request
is checked and run).
"""

import pathlib

import tensorflow as tf
from tensorflow.core.protobuf import config_pb2
from tensorflow.python.saved_model import loader_impl
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from tests.support.serving.double.status import Refused, refused

DEFAULT = "serving_default"
WARMUP = "assets.extra/tf_serving_warmup_requests"


class Servable:
    """A SavedModel in a session.

    `saved_model.pb` alone is enough: variables that are not there are not
    restored, which is no error (loader.cc, RunRestore), and whatever needs
    them fails later.
    """

    def __init__(self, path):
        self.session = tf.compat.v1.Session(graph=tf.Graph())
        try:
            loader = loader_impl.SavedModelLoader(str(path))
        except OSError as error:
            raise Refused(
                "NOT_FOUND",
                "Could not find SavedModel .pb or .pbtxt at supplied export "
                f"directory path: {path}",
            ) from error
        with self.session.graph.as_default():
            saver, _ = loader.load_graph(self.session.graph, ["serve"])
            index = pathlib.Path(path) / "variables" / "variables.index"
            if index.exists():
                loader.restore_variables(self.session, saver)
            loader.run_init_ops(self.session, ["serve"])
        self.signatures = loader.get_meta_graph_def_from_tags(
            ["serve"]
        ).signature_def
        self._calls = {}
        self._warm_up(pathlib.Path(path) / WARMUP)

    def _warm_up(self, file):
        """RunSavedModelWarmup: before it is available, or not at all."""
        if file.exists():
            for record in tf.compat.v1.io.tf_record_iterator(str(file)):
                log = prediction_log_pb2.PredictionLog.FromString(record)
                self.predict(log.predict_log.request)

    def predict(self, request):
        """The response to a PredictRequest: predict_util.cc, RunPredict."""
        name = request.model_spec.signature_name or DEFAULT
        if name not in self.signatures:
            raise Refused(
                "FAILED_PRECONDITION",
                f'Serving signature key "{name}" not found.',
            )
        signature = self.signatures[name]
        feeds = _feeds(signature, request.inputs)
        wanted = _fetches(signature, request.output_filter)
        outputs = self._run(name, signature, feeds)
        response = predict_pb2.PredictResponse()
        for alias, value in zip(
            sorted(signature.outputs), outputs, strict=True
        ):
            if alias in wanted:
                response.outputs[alias].CopyFrom(
                    tf.make_tensor_proto(
                        value, dtype=signature.outputs[alias].dtype
                    )
                )
        response.model_spec.name = request.model_spec.name
        response.model_spec.signature_name = name
        return response

    def _run(self, name, signature, feeds):
        """Runs the graph; no Python checks what it is fed, as in C++."""
        if name not in self._calls:
            options = config_pb2.CallableOptions(
                feed=[
                    info.name for _, info in sorted(signature.inputs.items())
                ],
                fetch=[i.name for _, i in sorted(signature.outputs.items())],
            )
            self._calls[name] = self.session._make_callable_from_options(
                options
            )
        try:
            return self._calls[name](*feeds)
        except tf.errors.OpError as error:
            raise refused(error) from error


def _fetches(signature, chosen):
    """PreProcessPrediction: the outputs that are asked for, or all."""
    for place, alias in enumerate(chosen):
        if alias not in signature.outputs:
            raise Refused(
                "INVALID_ARGUMENT",
                f"output tensor alias not found in signature: {alias} Outputs "
                "expected to be in the set "
                f"{{{','.join(sorted(signature.outputs))}}}.",
            )
        if alias in chosen[:place]:
            raise Refused(
                "INVALID_ARGUMENT", f"duplicate output tensor alias: {alias}"
            )
    return set(chosen or signature.outputs)


def _feeds(signature, inputs):
    """VerifyRequestInputsSize; then GetInputValues, cc/saved_model/util.cc."""
    wanted, sent = sorted(signature.inputs), sorted(inputs)
    if len(wanted) != len(sent):
        extra = ",".join(name for name in sent if name not in wanted)
        lacking = ",".join(name for name in wanted if name not in sent)
        raise Refused(
            "INVALID_ARGUMENT",
            f"input size does not match signature: {len(sent)}!={len(wanted)} "
            f"len({{{','.join(sent)}}}) != len({{{','.join(wanted)}}}). "
            f"Sent extra: {{{extra}}}. Missing but required: {{{lacking}}}.",
        )
    return [_feed(signature, inputs, alias) for alias in wanted]


def _feed(signature, inputs, alias):
    info = signature.inputs[alias]
    if alias not in inputs:
        raise Refused(
            "INVALID_ARGUMENT",
            f"Signature input alias: {alias}(feed name: {info.name}) not found "
            "in request and no default value provided. Inputs expected to be "
            f"in the request {{{','.join(sorted(inputs))}}}, or default input "
            "alias set: ",
        )
    try:
        value = tf.make_ndarray(inputs[alias])
    except (TypeError, ValueError) as error:
        raise Refused(
            "INVALID_ARGUMENT", f"tensor parsing error: {alias}"
        ) from error
    sent, wanted = inputs[alias].dtype, info.dtype
    if sent != wanted:
        # What a session says of an argument: common_runtime/direct_session.cc.
        raise Refused(
            "INVALID_ARGUMENT",
            f"Expects arg[0] to be {tf.as_dtype(wanted).name} but "
            f"{tf.as_dtype(sent).name} is provided",
        )
    return value
