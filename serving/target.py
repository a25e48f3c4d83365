"""The served model to query: address, credentials, version, timeout.

Pure data, shared by the client and both transports, so that each can be
imported without the other.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from modules.common.errors import UserError

SCHEMES = {"http": False, "https": True}
"""Whether the connection is encrypted; both mean gRPC as well as REST."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Credentials:
    """Credentials for a server, or for the proxy in front of it.

    Attributes:
      authority: the certificates that sign the server's; None for the
        system's.
      certificate: the client's own, PEM.
      key: its private key, PEM.
      headers: sent with every request: HTTP headers, or gRPC metadata.
    """

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise UserError(
                "a client certificate and its key belong together; give both."
            )

    def files(self) -> tuple[bytes | None, bytes | None, bytes | None]:
        """The contents of authority, key and certificate.

        Raises:
          UserError: if one cannot be read.
        """
        authority, key, certificate = (
            None if path is None else _read(path)
            for path in (self.authority, self.key, self.certificate)
        )
        return authority, key, certificate


@dataclasses.dataclass(frozen=True, kw_only=True)
class Target:
    """Which model to ask, and for how long.

    Attributes:
      host: a name or an IP address, an IPv6 one without its brackets.
      port: of the transport that is used.
      model: the model's name.
      label: the version with this label, where no `version` is given. With
        "", TF Serving takes the newest it has loaded, which may be one that
        was rolled back.
      version: this very version.
      timeout: seconds for a call, its retries included.
      encrypted: whether the connection is TLS.
      prefix: what a proxy puts in front of REST's paths, such as "/serving".
      credentials: certificates and headers.
    """

    host: str
    port: int
    model: str
    label: str = "stable"
    version: int | None = None
    timeout: float = 10.0
    encrypted: bool = False
    prefix: str = ""
    credentials: Credentials = dataclasses.field(default_factory=Credentials)

    @property
    def server(self) -> str:
        """`HOST:PORT`, with brackets where they are needed."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether it is this machine, which no proxy can reach for us."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        which = (
            self.label or "newest version"
            if self.version is None
            else f"version {self.version}"
        )
        return f"{self.model} ({which}) at {self.server}"


@dataclasses.dataclass(frozen=True)
class Address:
    """A server's address, as a user writes it."""

    host: str
    port: int
    encrypted: bool
    prefix: str


def parse_address(server: str, default_port: int) -> Address:
    """What `server` means: `HOST`, `HOST:PORT`, or `http[s]://HOST…/PREFIX`.

    An IPv6 address needs brackets only before a port.

    Raises:
      UserError: if it is none of those.
    """
    scheme, separator, rest = server.rpartition("://")
    if not _is_ipv6(rest):
        parts = urlsplit(f"//{rest}")
    else:
        parts = urlsplit(f"//[{rest}]")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    plain = separator or not parts.path
    known = not separator or scheme in SCHEMES
    odd = (
        parts.query
        or parts.fragment
        or parts.username
        or parts.netloc[-1:] == ":"
    )
    if not host or not plain or not known or odd:
        raise UserError(
            f"the server is {server!r}; expected HOST:PORT, for example "
            f"localhost:{default_port}, or https://HOST/PREFIX."
        )
    encrypted = SCHEMES.get(scheme, False)
    standard = 443 if encrypted else default_port
    return Address(host, port or standard, encrypted, parts.path.rstrip("/"))


def parse_header(text: str) -> tuple[str, str]:
    """`NAME: VALUE` as its two parts; `@FILE` reads that from a file.

    Raises:
      UserError: if it is neither.
    """
    if text.startswith("@"):
        text = _read(Path(text[1:])).decode().strip()
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or "\n" in text:
        raise UserError(
            "a header is not NAME: VALUE; expected for example "
            "'authorization: Bearer TOKEN', or @FILE with that in it."
        )
    return name.strip().lower(), value.strip()


def is_loopback(host: str) -> bool:
    """Whether `host` names this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}); expected a file."
        ) from error
