"""The connection to Kubeflow Pipelines; its errors as sentences."""

from __future__ import annotations

import contextlib
import io
import json
import re
import warnings
from collections.abc import Iterator

import kfp
import kfp_server_api
import urllib3

from modules.common.errors import UserError

_HOST = re.compile(r"https?://[^/\s]+\S*")
_PIPELINE_ROOT = re.compile(r"(minio|s3|gs)://[^/\s]+\S*")


@contextlib.contextmanager
def connection(host: str) -> Iterator[kfp.Client]:
    """A client of `host`, for as long as the block runs.

    Raises:
      UserError: if the host is none, or is not reached, or says no.
    """
    if not _HOST.fullmatch(host):
        raise UserError(
            f"the host is {host!r}, expected a URL such as "
            "http://localhost:8080; check --host."
        )
    try:
        with quiet():
            client = kfp.Client(host=host)
        yield client
    except urllib3.exceptions.HTTPError as error:
        raise UserError(
            f"cannot reach Kubeflow Pipelines at {host}: "
            f"{getattr(error, 'reason', None) or error}; check --host, or "
            "forward a port to the service ml-pipeline-ui."
        ) from error
    except kfp_server_api.ApiException as error:
        raise UserError(f"{host} refused: {_message(error)}") from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps the SDK from warning and from printing links of its own."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def check_pipeline_root(uri: str | None) -> None:
    """Refuses what no step could write its artifacts to.

    Whether the steps may write there only the cluster knows.

    Raises:
      UserError: if it is no URI of an object store.
    """
    if uri is not None and not _PIPELINE_ROOT.fullmatch(uri):
        raise UserError(
            f"the pipeline root is {uri!r}, expected minio://, s3:// or gs:// "
            "and a bucket; check --pipeline-root."
        )


def _message(error: kfp_server_api.ApiException) -> str:
    """What the server says, without the headers of its answer."""
    try:
        answer = json.loads(error.body)
        return str(answer.get("message") or answer.get("error"))
    except (TypeError, ValueError, AttributeError):
        return f"{error.status} {error.reason}"
