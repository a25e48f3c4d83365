"""Multi-user installations: who is let in, and what the others are told."""

import http.server
import shutil
import ssl
import subprocess
import threading
import types

import pytest

from cli import main
from kubeflow.client.connection import Access, connection
from modules.common.errors import UserError

TOKEN = "a.b.c"


@pytest.fixture
def multi_user(api):
    api.multi_user, api.token, api.namespace = True, TOKEN, "team-a"
    return api


@pytest.fixture
def submit(host, file, capsys):
    """Runs the command: its exit code, and what it said on stderr."""

    def run(*arguments):
        where = ["--host", host, "--file", str(file)]
        with pytest.raises(SystemExit) as exit_info:
            main.main(["kubeflow", "submit", *where, *arguments])
        return exit_info.value.code or 0, capsys.readouterr().err

    return run


NAMESPACE = ("--namespace", "team-a")


def test_a_token_and_a_namespace_are_let_in(multi_user, submit):
    assert submit(*NAMESPACE, "--existing-token", TOKEN) == (0, "")
    assert multi_user.runs


def test_so_is_a_token_that_kubernetes_has_renewed(multi_user, host, tmp_path):
    """The file is read for each request."""
    file = tmp_path / "token"
    file.write_text("old\n")
    access = Access(host=host, namespace="team-a", token_file=file)
    with connection(access) as client:
        file.write_text(f"{TOKEN}\n")
        assert client.create_experiment("x").experiment_id == "e"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("KFP_EXISTING_TOKEN", TOKEN), ("KF_PIPELINES_SA_TOKEN_PATH", None)],
)
def test_environment_variables_have_the_names_of_kubeflows_tools(
    multi_user, host, file, monkeypatch, tmp_path, variable, value
):
    token = tmp_path / "token"
    token.write_text(TOKEN)
    monkeypatch.setenv(variable, value or str(token))
    monkeypatch.setenv("KFP_NAMESPACE", "team-a")
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", host)
    monkeypatch.setenv("KF_PIPELINES_DEFAULT_EXPERIMENT_NAME", "mine")
    with pytest.raises(SystemExit) as exit_info:
        main.main(["kubeflow", "submit", "--file", str(file)])
    assert not exit_info.value.code
    assert multi_user.runs
    assert multi_user.experiments == {"mine": "e"}


def test_headers_are_in_every_request(api, submit):
    assert submit("--header", "kubeflow-userid=user@example.org")[0] == 0
    assert api.headers_seen
    for headers in api.headers_seen:
        assert headers["kubeflow-userid"] == "user@example.org"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--existing-token", TOKEN), "is a multi-user installation"),
        (NAMESPACE, "with --token-file or --existing-token"),
        ((*NAMESPACE, "--existing-token", "x"), "User identity is empty"),
        (
            ("--namespace", "team-b", "--existing-token", TOKEN),
            "is not authorized with reason: (request: …); check --namespace",
        ),
        ((*NAMESPACE, "--existing-token", "x", "--token-file", "y"), "both"),
    ],
)
def test_who_is_not_let_in_is_told_why_in_one_line(
    multi_user, submit, arguments, told
):
    code, error = submit(*arguments)
    assert code == 1
    assert told in error
    assert error.count("\n") == 1
    assert not multi_user.runs


def test_a_login_page_is_not_taken_for_an_answer(api, submit):
    api.login_page = True
    code, error = submit()
    assert code == 1
    assert "answered with text/html" in error
    assert "--token-file" in error
    assert error.count("\n") == 1


def test_a_header_is_a_name_and_a_value(submit):
    code, error = submit("--header", "Cookie")
    assert code == 2
    assert "NAME=VALUE" in error


@pytest.fixture
def tls_host(api, tmp_path):
    """The server behind TLS, with a certificate that it signed itself."""
    if not shutil.which("openssl"):
        pytest.skip("needs openssl")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    request = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost"
    subprocess.run(
        [
            *request.split(),
            *("-addext", "subjectAltName=DNS:localhost"),
            *("-out", str(certificate), "-keyout", str(key)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), api) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"https://localhost:{server.server_address[1]}"
        yield types.SimpleNamespace(url=url, certificate=certificate)
        server.shutdown()
        thread.join()


def test_a_certificate_that_is_not_trusted_is_told_with_ca(tls_host):
    with (
        pytest.raises(UserError, match=r"no certificate that is trusted.*--ca"),
        connection(Access(host=tls_host.url)),
    ):
        pass


def test_and_trusted_with_its_authority(api, tls_host):
    access = Access(host=tls_host.url, ca=tls_host.certificate)
    with connection(access) as client:
        assert client.get_kfp_healthz().multi_user is False
