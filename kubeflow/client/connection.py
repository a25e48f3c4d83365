"""The connection to Kubeflow Pipelines; its errors as sentences."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kfp
import kfp_server_api
import urllib3
from kfp.client.set_volume_credentials import (
    ServiceAccountTokenVolumeCredentials,
)

from modules.common.errors import UserError

_HOST = re.compile(r"https?://[^/\s]+\S*")
_PIPELINE_ROOT = re.compile(r"(minio|s3|gs)://[^/\s]+\S*")
_REFUSED = {
    401: "give a token that is valid with --token-file or --existing-token, or "
    "the identity header that the gateway expects with --header",
    403: "check --namespace, and that this user may create runs in it",
}
"""What to do about an HTTP status; its message says what is wrong."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Access:
    """Address and credentials of Kubeflow Pipelines.

    Attributes:
      host: the URL of its API or user interface.
      namespace: of the runs, on a multi-user installation; None on a
        single-user one, or for the pod's own inside a cluster.
      token: sent as a bearer token, or None.
      token_file: holds such a token, and is read again for every request,
        since Kubernetes renews service account tokens; or None.
      headers: more HTTP headers of every request.
      ca: a PEM file with the authority that signed the host's certificate, or
        None for those that Python trusts.
    """

    host: str
    namespace: str | None = None
    token: str | None = None
    token_file: Path | None = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    ca: Path | None = None

    def link(self, path: str) -> str:
        """The address of a page of the user interface."""
        return f"{self.host.rstrip('/')}/#/{path}"


class _Client(kfp.Client):
    """The SDK's client, with headers, and without its five slow tries."""

    def __init__(self, headers: Mapping[str, str], **arguments: Any) -> None:
        self._headers = headers
        super().__init__(**arguments)
        self._add_headers()

    def get_kfp_healthz(self, sleep_duration: int = 0) -> Any:
        """The installation's health. The constructor may ask for it too."""
        self._add_headers()
        return self._healthz_api.healthz_service_get_healthz()

    def _add_headers(self) -> None:
        for name, value in self._headers.items():
            self._healthz_api.api_client.set_default_header(name, value)


@contextlib.contextmanager
def connection(access: Access) -> Iterator[kfp.Client]:
    """A client of Kubeflow Pipelines, for as long as the block runs.

    Raises:
      UserError: if the host is not a URL, cannot be reached or refuses, a file
        is missing, or a multi-user installation is not told the namespace.
    """
    _check(access)
    try:
        with quiet():
            client = _client(access)
            _require_api(client, access)
        yield client
    except urllib3.exceptions.HTTPError as error:
        raise UserError(_unreachable(access.host, error)) from error
    except kfp_server_api.ApiException as error:
        advice = _REFUSED.get(error.status)
        raise UserError(
            f"{access.host} refused: {_message(error)}"
            + (f"; {advice}." if advice else "")
        ) from error


def _check(access: Access) -> None:
    """Refuses what can be told to be wrong without a request."""
    if not _HOST.fullmatch(access.host):
        raise UserError(
            f"the host is {access.host!r}, expected a URL such as "
            "http://localhost:8080; check --host."
        )
    if access.token and access.token_file:
        raise UserError(
            "found both --existing-token and --token-file (or their "
            "environment variables), expected one of them."
        )
    for option, file in (
        ("--token-file", access.token_file),
        ("--ca", access.ca),
    ):
        if file and not file.is_file():
            raise UserError(f"there is no file {file}; check {option}.")


def _client(access: Access) -> _Client:
    credentials = None
    if access.token_file:
        credentials = ServiceAccountTokenVolumeCredentials(
            str(access.token_file)
        )
    # The SDK takes its own default, "kubeflow", for no namespace at all.
    namespace = {"namespace": access.namespace} if access.namespace else {}
    return _Client(
        access.headers,
        host=access.host,
        existing_token=access.token,
        credentials=credentials,
        ssl_ca_cert=str(access.ca) if access.ca else None,
        **namespace,
    )


def _require_api(client: _Client, access: Access) -> None:
    """Refuses a login page, and a multi-user API without a namespace.

    A gateway redirects whoever has no session to a page that the SDK would
    take for an empty answer.
    """
    health = client.get_kfp_healthz()
    answer = client._healthz_api.api_client.last_response
    kind = str(answer.getheader("Content-Type") or "nothing")
    if not kind.startswith("application/json"):
        raise UserError(
            f"{access.host} answered with {kind}, expected Kubeflow Pipelines' "
            "JSON: this is a login page or another service; check --host, or "
            "give a token with --token-file or --existing-token."
        )
    if health.multi_user and not client.get_user_namespace():
        raise UserError(
            f"{access.host} is a multi-user installation, expected the "
            "namespace of your runs: give --namespace."
        )


def _unreachable(host: str, error: urllib3.exceptions.HTTPError) -> str:
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, urllib3.exceptions.SSLError):
        return (
            f"{host} has no certificate that is trusted here ({reason}); give "
            "its authority's with --ca."
        )
    return (
        f"cannot reach Kubeflow Pipelines at {host}: {reason}; check --host, "
        "or forward a port to the service ml-pipeline-ui."
    )


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
      UserError: if it is not the URI of an object store.
    """
    if uri is not None and not _PIPELINE_ROOT.fullmatch(uri):
        raise UserError(
            f"the pipeline root is {uri!r}, expected minio://, s3:// or gs:// "
            "and a bucket; check --pipeline-root."
        )


def _message(error: kfp_server_api.ApiException) -> str:
    """What the server says, on one line, without the headers of its answer."""
    try:
        answer = json.loads(error.body)
        # Uploads have `error_message`: server/pipeline_upload_server.go.
        text = (
            answer.get("message")
            or answer.get("error_message")
            or answer.get("error")
        )
        return " ".join(str(text).split())
    except (TypeError, ValueError, AttributeError):
        return f"{error.status} {error.reason}"
