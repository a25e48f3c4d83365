"""How a request is refused: a gRPC status and words, and its HTTP code."""

import grpc

# model_servers/http_server.cc, ToHTTPStatusCode: FAILED_PRECONDITION is 400.
HTTP = {
    "CANCELLED": 499,
    "UNKNOWN": 500,
    "INVALID_ARGUMENT": 400,
    "DEADLINE_EXCEEDED": 504,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "PERMISSION_DENIED": 403,
    "RESOURCE_EXHAUSTED": 429,
    "FAILED_PRECONDITION": 400,
    "ABORTED": 409,
    "OUT_OF_RANGE": 400,
    "UNIMPLEMENTED": 501,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DATA_LOSS": 500,
    "UNAUTHENTICATED": 401,
}
_NAMES = {code.value[0]: code.name for code in grpc.StatusCode}


class Refused(Exception):
    """A request that is not answered: a gRPC status and words."""

    def __init__(self, status, words):
        super().__init__(words)
        self.status = status


def refused(error):
    """The refusal that a `tf.errors.OpError` is."""
    return Refused(_NAMES[error.error_code], error.message)
