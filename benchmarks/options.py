"""The options that all load tests of a server share."""

from __future__ import annotations

import argparse

from benchmarks.load import check_address
from serving.client import Client
from serving.images import read


def parser(module: str, description: str) -> argparse.ArgumentParser:
    """A parser with the common options, for `python -m module`."""
    made = argparse.ArgumentParser(
        prog=f"python -m {module}", description=description
    )
    add = made.add_argument
    add("images", nargs="+", help="PNG or JPEG files, or folders of them")
    add("--server", default="127.0.0.1:8500", help="HOST:PORT")
    add("--transport", choices=("grpc", "rest"), default="grpc")
    add("--model-name", default="cifar10")
    add("--label", default="stable")
    add("--timeout", type=float, default=60.0, help="seconds a request")
    add("--clients", type=int, default=8, help="that ask at once")
    add("--remote", action="store_true", help="a server elsewhere is meant")
    return made


def images(options: argparse.Namespace) -> list[bytes]:
    """The contents of the chosen image files.

    Raises:
      UserError: if there are none, or one cannot be read.
    """
    return [image for _, image in read(options.images)]


def client(options: argparse.Namespace) -> Client:
    """A client of the chosen server.

    Raises:
      UserError: if that is not on this machine, and --remote not given.
    """
    check_address(options.server, remote=options.remote)
    return Client(
        options.server,
        transport=options.transport,
        model=options.model_name,
        label=options.label,
        timeout=options.timeout,
    )
