"""Who may talk to the apiserver of a test cluster: one static token and one kubeconfig per user."""

import base64
import secrets

import yaml
from harness.site import Site

NODE = "node-1"

USERS = {
    "admin": ("admin", ("system:masters",)),
    "controller-manager": ("system:kube-controller-manager", ()),
    "scheduler": ("system:kube-scheduler", ()),
    "proxy": ("system:kube-proxy", ()),
    "kubelet": (f"system:node:{NODE}", ("system:nodes",)),
    "argo": ("system:serviceaccount:argo:argo", ("system:serviceaccounts", "system:authenticated")),
}
"""Kubeconfig name -> user name and groups. Argo runs as its service account, with upstream's rights and no more."""


def make(site: Site) -> None:
    """Write the token file that the apiserver reads and a kubeconfig for each user."""
    lines = []
    site.kubeconfig().parent.mkdir(parents=True, exist_ok=True)
    site.kubeconfig().parent.chmod(0o700)
    for name, (user, groups) in USERS.items():
        token = secrets.token_hex(16)
        lines.append(f'{token},{user},{name},"{",".join(groups)}"\n')
        text = kubeconfig(site.url, (site.certificates / "ca.crt").read_bytes(), token)
        site.kubeconfig(name).write_text(text, encoding="utf-8")
    (site.certificates / "tokens.csv").write_text("".join(lines), encoding="utf-8")


def kubeconfig(url: str, authority: bytes, token: str) -> str:
    """The kubeconfig of whoever holds the token; `authority` is the certificate that the apiserver is known by."""
    trusted = base64.b64encode(authority).decode()
    cluster = {"server": url, "certificate-authority-data": trusted}
    context = {"cluster": "test", "user": "test"}
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": cluster}],
            "contexts": [{"name": "test", "context": context}],
            "users": [{"name": "test", "user": {"token": token}}],
        }
    )
