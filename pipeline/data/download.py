"""Downloads official files: progress bar, checksum, atomic write."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from rich.progress import Progress
from urllib3.exceptions import NameResolutionError, ReadTimeoutError
from urllib3.util import Retry

from modules.common import atomic
from modules.common.errors import UserError
from pipeline.data.archive import require_md5
from pipeline.datasets.config import RemoteFile

_CHUNK_BYTES = 1 << 18
_CONNECT_SECONDS, _READ_SECONDS = 5, 60


class UnreachableError(Exception):
    """The host could not be reached; the message briefly says why."""


@contextlib.contextmanager
def downloaded(
    remote: RemoteFile, directory: Path, progress: Progress
) -> Iterator[Path]:
    """The file, checked, in `directory` until the block ends.

    Raises:
      UnreachableError: if the host does not answer, or not with the file.
      UserError: if the transfer breaks off or the checksum is wrong.
    """
    with (
        _connection(remote) as response,
        atomic.staging(directory) as staging,
    ):
        path = staging / remote.name
        _save(response, path, progress)
        require_md5(path, remote.md5)
        yield path


@contextlib.contextmanager
def _connection(remote: RemoteFile) -> Iterator[requests.Response]:
    """A response whose status is 200 and whose body is still to come."""
    retry = Retry(
        total=2,
        # Where nobody answers, each attempt takes all its seconds.
        connect=1,
        read=0,
        backoff_factor=0.5,
        status_forcelist=(500, 502, 503, 504),
        respect_retry_after_header=False,
    )
    with requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=retry))
        session.mount("http://", HTTPAdapter(max_retries=retry))
        try:
            response = session.get(
                remote.url,
                stream=True,
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
            )
        except requests.RequestException as error:
            raise UnreachableError(_why(error)) from error
        with response:
            if not response.ok:
                code = response.status_code
                raise UnreachableError(f"it answered HTTP {code}")
            yield response


def _why(error: requests.RequestException) -> str:
    """Why a host gave no answer, and whose matter that is."""
    inner = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not connect to it; check HTTPS_PROXY"
    if isinstance(error, requests.exceptions.SSLError):
        return f"its certificate is not accepted ({inner or error})"
    if isinstance(inner, NameResolutionError):
        return "its name is not known here; check the network and DNS"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no answer within {_CONNECT_SECONDS} seconds, asked twice"
    if isinstance(inner or error, ReadTimeoutError | requests.ReadTimeout):
        return f"it sent nothing for {_READ_SECONDS} seconds"
    refused = "refused" in str(inner)
    return "it refuses connections" if refused else type(error).__name__


def _save(response: requests.Response, path: Path, progress: Progress) -> None:
    total = int(response.headers.get("Content-Length", 0)) or None
    task = progress.add_task(f"Downloading {path.name}", total=total)
    try:
        with path.open("wb") as file:
            for chunk in response.iter_content(_CHUNK_BYTES):
                file.write(chunk)
                progress.advance(task, len(chunk))
    except requests.RequestException as error:
        raise UserError(
            f"the download of {response.url} was cut off after "
            f"{path.stat().st_size:,} of {total or 0:,} bytes "
            f"({type(error).__name__}); run again, or give the archive as "
            "data=PATH."
        ) from error
    finally:
        progress.remove_task(task)
