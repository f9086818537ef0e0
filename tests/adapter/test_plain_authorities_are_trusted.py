"""An apiserver whose authority names no key usage is trusted as kubectl trusts it, by every client of ours, on every Python."""

import asyncio
import http.server
import json
import socket
import ssl
import subprocess
import threading

import pytest

from adapter.api.credentials import kopf_login
from apiserver.credentials import connect
from kubectl_gt.cluster.connection import connect as command_line
from workflows.beadstore.apiserver import Apiserver


@pytest.fixture
def strict(monkeypatch):
    """What Python is from 3.13 on."""
    made = ssl.create_default_context

    def create(*arguments, **named):
        context = made(*arguments, **named)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", create)


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        """A version, or a ConfigMap that was made."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        body = json.dumps({"major": "1", "minor": "34", "gitVersion": "v1.34.4"}).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the server's name for it

    def log_message(self, *args):
        """The test's output is its own."""


@pytest.fixture
def server(tmp_path):
    """One over TLS, with a certificate of an authority that `openssl req -x509` made; the folder has what a pod gets."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for command in (
        ("-x509", "-subj", "/CN=plain", "-keyout", "ca.key", "-out", "ca.crt"),
        (
            *("-x509", "-subj", "/CN=server", "-CA", "ca.crt", "-CAkey", "ca.key"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "tls.key", "-out", "tls.crt"),
        ),
    ):
        subprocess.run(["openssl", "req", *command, *key], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
    (tmp_path / "token").write_text("t")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as serving:
        serving.socket = context.wrap_socket(serving.socket, server_side=True)
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        cluster = {"server": f"https://127.0.0.1:{serving.server_port}", "certificate-authority": "ca.crt"}
        kubeconfig = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "one",
            "clusters": [{"name": "one", "cluster": cluster}],
            "users": [{"name": "one", "user": {"token": "t"}}],
            "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
        }
        (tmp_path / "kubeconfig").write_text(json.dumps(kubeconfig))
        yield cluster["server"], tmp_path
        serving.shutdown()
        thread.join()


def _refused_strictly(url, folder):
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    with (
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as plain,
        pytest.raises(ssl.SSLError, match="key usage"),
    ):
        context.wrap_socket(plain, server_hostname="127.0.0.1")


@pytest.mark.usefixtures("strict")
def test_the_adapter_and_kopf_connect(server):
    """The operator's own client, and kopf's session beside it."""
    url, folder = server
    _refused_strictly(url, folder)

    async def ask():
        client = await connect(folder / "kubeconfig", refused=RuntimeError)
        async with client:
            login = await kopf_login(client)
            version = await client.call_api("GET", f"{url}/version")
            return version.status, login.as_ssl_context().verify_flags & ssl.VERIFY_X509_STRICT

    assert (200, 0) == asyncio.run(ask())


def test_the_command_line_connects(server):
    """urllib3's contexts are as strict as the interpreter; what our client is given is not."""
    url, folder = server
    pool = command_line({"kubeconfig": str(folder / "kubeconfig")}).client.rest_client.pool_manager
    context = pool.connection_pool_kw["ssl_context"]
    assert (0, ssl.CERT_REQUIRED) == (context.verify_flags & ssl.VERIFY_X509_STRICT, context.verify_mode)
    assert 200 == pool.request("GET", f"{url}/version").status


@pytest.mark.usefixtures("strict")
def test_the_pod_that_reads_beads_connects(server):
    """It runs on the image's Python, which is 3.13."""
    url, folder = server
    assert Apiserver(url, folder, ()).create({"metadata": {"namespace": "n", "name": "m"}})
