"""The client of a served model: image files in, predictions out.

with Client("localhost:8500", model="cifar10") as client:
    (prediction,) = client.predict([Path("cat.png").read_bytes()])
    print(prediction.class_name, prediction.probability)
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Protocol, Self

from modules.common.errors import UserError
from serving.predictions import Prediction
from serving.target import Credentials, Target, parse_address

if TYPE_CHECKING:
    from serving.quality.request_log import RequestLog

TransportName = Literal["grpc", "rest"]
PORTS = {"grpc": 8500, "rest": 8501}
ANONYMOUS = Credentials()


class _Transport(Protocol):
    def predict(self, images: Sequence[bytes]) -> list[Prediction]: ...

    def close(self) -> None: ...


class Client:
    """A connection to TF Serving.

    A server that is UNAVAILABLE is asked again, with growing pauses, until
    `timeout`; every other answer stands. Safe to use from several threads.

    Args:
      server: `HOST`, `HOST:PORT`, or `https://HOST[:PORT]/PREFIX` for TLS and,
        with REST, a prefix of the paths. The default port is TF Serving's own
        for the transport; that of https is 443.
      transport: gRPC, or REST.
      model: the model's name.
      label: which version: the one with this label ("": the newest loaded),
      version: or, where given, this very one.
      timeout: seconds for each call, its retries included.
      credentials: certificates, and headers such as an API key. Those that
        sign the server's certificate imply TLS.
      log: gets what is asked and answered; it is closed with the client.

    Raises:
      UserError: if `server` is no address, or a certificate cannot be read.
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
        credentials: Credentials = ANONYMOUS,
        log: RequestLog | None = None,
    ):
        address = parse_address(server, PORTS[transport])
        if address.prefix and transport == "grpc":
            raise UserError(
                f"the server is {server!r}, but gRPC has no URL prefixes; "
                "give it without one, or use REST."
            )
        target = Target(
            host=address.host,
            port=address.port,
            model=model,
            label=label,
            version=version,
            timeout=timeout,
            encrypted=address.encrypted or credentials.authority is not None,
            prefix=address.prefix,
            credentials=credentials,
        )
        self._target = target
        self._log = log
        self._transport = _connect(transport, target)

    def predict(self, images: Sequence[bytes]) -> list[Prediction]:
        """One prediction for each PNG or JPEG file, in order.

        Raises:
          BadImage: if one cannot be decoded; the first such.
          ServerUnavailable: if no server answered in time.
          PredictionFailed: for all other reasons.
        """
        if not images:
            return []
        found = self._transport.predict(images)
        if self._log:
            self._log.add(self._target, images, found)
        return found

    def close(self) -> None:
        """Closes the connection."""
        self._transport.close()
        if self._log:
            self._log.close()

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
