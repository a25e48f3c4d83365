"""The client of a served model: image files in, predictions out.

with Client("localhost:8500", model="cifar10") as client:
    (prediction,) = client.predict([Path("cat.png").read_bytes()])
    print(prediction.class_name, prediction.probability)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from types import TracebackType
from typing import Literal, Protocol, Self

from modules.common.errors import UserError
from serving.predictions import Prediction

TransportName = Literal["grpc", "rest"]
PORTS = {"grpc": 8500, "rest": 8501}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Target:
    """Which model to ask, and for how long.

    Attributes:
      server: `HOST:PORT`.
      model: the model's name.
      label: the version with this label, where no `version` is given. Without
        either, TF Serving takes the newest it has loaded, which may be one
        that was rolled back.
      version: this very version.
      timeout: seconds for a call, its retries included.
    """

    server: str
    model: str
    label: str
    version: int | None
    timeout: float

    def __str__(self) -> str:
        which = (
            self.label if self.version is None else f"version {self.version}"
        )
        return f"{self.model} ({which}) at {self.server}"


class _Transport(Protocol):
    def predict(self, images: Sequence[bytes]) -> list[Prediction]: ...

    def close(self) -> None: ...


class Client:
    """A connection to TF Serving.

    A server that is UNAVAILABLE is asked again, later and later, until
    `timeout`; every other answer stands. Safe to use from several threads.

    Args:
      server: `HOST:PORT`; without a port, TF Serving's own for the transport.
      transport: gRPC, or REST.
      model: the model's name.
      label: which version: the one with this label,
      version: or, where given, this very one.
      timeout: seconds for each call, its retries included.

    Raises:
      UserError: if `server` is no `HOST:PORT`.
    """

    def __init__(
        self,
        server: str = "localhost",
        *,
        transport: TransportName = "grpc",
        model: str = "cifar10",
        label: str = "stable",
        version: int | None = None,
        timeout: float = 10.0,
    ):
        target = Target(
            server=_address(server, PORTS[transport]),
            model=model,
            label=label,
            version=version,
            timeout=timeout,
        )
        self._transport = _connect(transport, target)

    def predict(self, images: Sequence[bytes]) -> list[Prediction]:
        """One prediction for each PNG or JPEG file, in order.

        Raises:
          BadImage: if one cannot be decoded; the first such.
          ServerUnavailable: if no server answered in time.
          PredictionFailed: for all other reasons.
        """
        return self._transport.predict(images) if images else []

    def close(self) -> None:
        """Closes the connection."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _connect(transport: TransportName, target: Target) -> _Transport:
    """Imports only what the transport needs."""
    if transport == "grpc":
        from serving.grpc_transport import GrpcTransport

        return GrpcTransport(target)
    from serving.rest_transport import RestTransport

    return RestTransport(target)


def _address(server: str, default_port: int) -> str:
    host, colon, port = server.rpartition(":")
    if not colon and "/" not in server and server:
        return f"{server}:{default_port}"
    if "/" in server or not host or not port.isdecimal():
        raise UserError(
            f"the server is {server!r}; expected HOST:PORT, for example "
            f"localhost:{default_port}."
        )
    return server
