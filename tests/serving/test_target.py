"""How users write addresses and headers."""

import pytest

from modules.common.errors import UserError
from serving.target import parse_address, parse_header


def test_a_header_comes_from_a_file_too(tmp_path):
    (tmp_path / "token").write_text("Authorization: Bearer abc\n")
    header = parse_header(f"@{tmp_path / 'token'}")
    assert header == ("authorization", "Bearer abc")
    with pytest.raises(UserError, match="NAME: VALUE"):
        parse_header("Bearer abc")


@pytest.mark.parametrize(
    ("text", "host", "port", "encrypted"),
    [
        ("localhost", "localhost", 8500, False),
        ("host:1", "host", 1, False),
        ("::1", "::1", 8500, False),
        ("[::1]:9", "::1", 9, False),
        ("https://models.example.com", "models.example.com", 443, True),
        ("https://[2001:db8::1]:8443", "2001:db8::1", 8443, True),
    ],
)
def test_addresses(text, host, port, encrypted):
    found = parse_address(text, 8500)
    assert (found.host, found.port, found.encrypted) == (host, port, encrypted)
