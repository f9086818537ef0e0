"""The keys of one cluster: an authority of its own, the apiserver's certificates, the service accounts' key pair.

Made by openssl at every boot and thrown away with the cluster; no key outlives it.
"""

import subprocess
from pathlib import Path

from harness.errors import Broken
from harness.network import SERVICE_IP

DAYS = "30"

_NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")


def make(folder: Path, address: str) -> None:
    """Write the files that the control plane needs: ca, server and kubelet-client pairs, service-account keys."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    # As kubeadm makes it; what is too old or too plain to say this much is tested in tests/adapter.
    usage = ("-addext", "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign")
    authority = ("-x509", "-subj", "/CN=gastown-test-ca", "-days", DAYS, *usage)
    _openssl(folder, "req", *authority, *_key("ca"), "-out", "ca.crt")
    names = [f"DNS:{name}" for name in _NAMES] + [f"IP:{ip}" for ip in {"127.0.0.1", SERVICE_IP, address}]
    _signed(folder, "server", "/CN=kube-apiserver", f"subjectAltName={','.join(names)}")
    _signed(folder, "kubelet-client", "/O=system:masters/CN=kube-apiserver", "extendedKeyUsage=clientAuth")
    _openssl(folder, "genrsa", "-out", "service-account.key", "2048")
    _openssl(folder, "rsa", "-in", "service-account.key", "-pubout", "-out", "service-account.pub")


def _signed(folder: Path, name: str, subject: str, extension: str) -> None:
    plain = ("-addext", "basicConstraints=critical,CA:FALSE")
    issuer = ("-CA", "ca.crt", "-CAkey", "ca.key", "-days", DAYS, "-x509", *plain)
    _openssl(
        folder, "req", *issuer, "-subj", subject, "-addext", extension, *_key(name), "-out", f"{name}.crt"
    )


def _key(name: str) -> tuple[str, ...]:
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    return (*curve, "-nodes", "-keyout", f"{name}.key")


def _openssl(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"openssl {arguments[0]} failed in {folder}: {done.stderr.strip()[-300:]}")
