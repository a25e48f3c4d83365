"""Waits until servers have loaded a version, before a label moves to it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

import urllib3

from modules.common.errors import UserError
from serving import rest_transport
from serving.target import Credentials, Target, parse_address

DEFAULT = "localhost"
PORT = 8501
PAUSE = 25.0
"""Seconds for servers that cannot be asked to see a changed models.config, of
which they take up to ten; the rest is for network file systems."""
_POLL = 0.5
_ANSWER = 5.0
"""Seconds for one answer; a server that takes longer is busy, not absent."""


class Servers:
    """The servers that must have loaded a version.

    Args:
      servers: their REST addresses, as in `--server`. A name stands for all
        addresses it has, such as a headless Service's replicas. Without any,
        one on this machine is asked if there is one.
      credentials: for them.
      timeout: seconds to wait.
      tell: shown to the user while waiting.
    """

    def __init__(
        self,
        servers: Sequence[str],
        credentials: Credentials,
        timeout: float,
        tell: Callable[[str], None],
    ):
        self._named = bool(servers)
        self._servers = servers or (DEFAULT,)
        self._credentials = credentials
        self._timeout = timeout
        self._tell = tell

    def await_loaded(self, model: str, version: int, told: bool) -> None:
        """Returns when all servers have loaded the version.

        Args:
          model: its name.
          version: the version.
          told: whether they were told only now that they are to load it.

        Raises:
          UserError: if one cannot load it, is not there, or takes too long.
        """
        deadline = time.monotonic() + self._timeout
        for server in self._servers:
            for target in self._targets(server, model, version):
                if not self._await_one(target, deadline, told):
                    self._pause(version, told)

    def _targets(self, server: str, model: str, version: int) -> list[Target]:
        address = parse_address(server, PORT)
        target = Target(
            host=address.host,
            port=address.port,
            model=model,
            version=version,
            timeout=self._timeout,
            encrypted=address.encrypted or bool(self._credentials.authority),
            prefix=address.prefix,
            credentials=self._credentials,
        )
        if target.local or target.encrypted:
            return [target]
        return [
            Target(**{**vars(target), "host": host})
            for host in _addresses(target)
        ]

    def _await_one(self, target: Target, deadline: float, told: bool) -> bool:
        """Whether the server has loaded it; False if there is no server.

        END is the state of a version that failed to load, but also of one that
        was unloaded: TF Serving forgets neither (servable_state_monitor.cc),
        so until a server has seen the new configuration, END is an old story.
        """
        old_until = time.monotonic() + (PAUSE if told else 0.0)
        while True:
            try:
                state, words = _state(target)
            except urllib3.exceptions.HTTPError as error:
                busy = isinstance(error, urllib3.exceptions.ReadTimeoutError)
                if not self._named and not busy:
                    return False
                state, words = "UNKNOWN", rest_transport.reason(error)
            if state == "AVAILABLE":
                return True
            if state != "END":
                old_until = 0.0
            elif words and time.monotonic() >= old_until:
                raise UserError(
                    f"{target.server} cannot load version {target.version} of "
                    f"{target.model} ({words}); no label was moved."
                )
            if time.monotonic() > deadline:
                raise UserError(
                    f"{target.server} has not loaded version {target.version} "
                    f"of {target.model} in {self._timeout:g} s ({state} "
                    f"{words}); no label was moved. See the server's log, or "
                    "raise --timeout."
                )
            time.sleep(_POLL)

    def _pause(self, version: int, told: bool) -> None:
        """Gives servers that cannot be asked the time to load a version."""
        if told:
            self._tell(
                f"no server answers at {DEFAULT}:{PORT}: waiting {PAUSE:g} s "
                f"for other servers to load version {version} (--server polls "
                "them instead)"
            )
            time.sleep(PAUSE)


def _addresses(target: Target) -> list[str]:
    try:
        found = socket.getaddrinfo(
            target.host, target.port, type=socket.SOCK_STREAM
        )
    except OSError as error:
        raise UserError(
            f"the host {target.host} is unknown ({error.strerror}); expected "
            "the REST address of a server in --server."
        ) from error
    return sorted({str(info[4][0]) for info in found})


def _state(target: Target) -> tuple[str, str]:
    """What the server says of the version: its state, and why."""
    scheme = "https" if target.encrypted else "http"
    pool = rest_transport.pool(target, scheme)
    response = pool.request(
        "GET",
        f"{scheme}://{target.server}{target.prefix}"
        f"/v1/models/{target.model}/versions/{target.version}",
        timeout=urllib3.Timeout(total=_ANSWER),
        headers=dict(target.credentials.headers),
    )
    try:
        answer: Any = json.loads(response.data)
        (status,) = answer["model_version_status"]
        return status["state"], status["status"]["error_message"]
    except (ValueError, KeyError, TypeError):
        return "UNKNOWN", f"HTTP {response.status}"
