"""The control plane: etcd, apiserver, controller manager and scheduler, as programs with their flags."""

from collections.abc import Iterable

from harness import audit, manifests
from harness.families import binary
from harness.network import PODS, SERVICES
from harness.processes import Program
from harness.site import Mode, Site
from kubernetes.client import ApiException
from kubernetes.dynamic.exceptions import DynamicApiError
from urllib3.exceptions import HTTPError


def etcd(site: Site) -> Program:
    """One member, and no fsync: nothing here outlives a crash of the machine."""
    client, peer = f"http://127.0.0.1:{site.etcd}", f"http://127.0.0.1:{site.peer}"
    flags = {
        "data-dir": str(site.folder / "etcd"),
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"default={peer}",
        "unsafe-no-fsync": "true",
        "log-level": "warn",
    }
    return Program("etcd", [binary("etcd"), *_flags(flags)])


def apiserver(site: Site) -> Program:
    """Node and RBAC authorization, Pod Security and all other default admission: as on a real cluster."""
    keys = site.certificates
    flags = {
        "etcd-servers": f"http://127.0.0.1:{site.etcd}",
        "secure-port": str(site.api),
        "advertise-address": site.address,
        "bind-address": site.address if site.mode is Mode.LIGHT else "0.0.0.0",  # noqa: S104 - its namespace is closed
        "endpoint-reconciler-type": "none" if site.mode is Mode.LIGHT else "lease",
        "service-cluster-ip-range": SERVICES,
        "tls-cert-file": str(keys / "server.crt"),
        "tls-private-key-file": str(keys / "server.key"),
        "client-ca-file": str(keys / "ca.crt"),
        "token-auth-file": str(keys / "tokens.csv"),
        "authorization-mode": "Node,RBAC",
        # The second one guards owner references, as OpenShift does.
        "enable-admission-plugins": "NodeRestriction,OwnerReferencesPermissionEnforcement",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": str(keys / "service-account.pub"),
        "service-account-signing-key-file": str(keys / "service-account.key"),
        "kubelet-client-certificate": str(keys / "kubelet-client.crt"),
        "kubelet-client-key": str(keys / "kubelet-client.key"),
        "kubelet-preferred-address-types": "InternalIP",
        "cert-dir": str(site.folder / "apiserver"),
        "allow-privileged": "true",
        # With these a test gives pods numbers, as OpenShift does.
        "feature-gates": "MutatingAdmissionPolicy=true",
        "runtime-config": "admissionregistration.k8s.io/v1beta1=true",
        **audit.flags(site),
    }
    return Program("kube-apiserver", [binary("kube-apiserver"), *_flags(flags)])


def controller_manager(site: Site) -> Program:
    """Service accounts, garbage collection, namespaces: all default controllers."""
    flags = {
        "kubeconfig": str(site.kubeconfig("controller-manager")),
        "service-account-private-key-file": str(site.certificates / "service-account.key"),
        "root-ca-file": str(site.certificates / "ca.crt"),
        "use-service-account-credentials": "true",
        "leader-elect": "false",
        "secure-port": "0",
        "cluster-cidr": PODS,
    }
    return Program("kube-controller-manager", [binary("kube-controller-manager"), *_flags(flags)])


def scheduler(site: Site) -> Program:
    """The default scheduler."""
    flags = {
        "kubeconfig": str(site.kubeconfig("scheduler")),
        "leader-elect": "false",
        "secure-port": "0",
    }
    return Program("kube-scheduler", [binary("kube-scheduler"), *_flags(flags)])


def answers(site: Site) -> bool:
    """Ready, its bootstrap of rights included: the scheduler started before that backs off for seconds."""
    try:
        with manifests.connected(site) as api:
            api.request("get", "/readyz")
    except (ApiException, DynamicApiError, HTTPError, OSError):
        return False
    return True


def _flags(flags: dict[str, str]) -> Iterable[str]:
    return [f"--{name}={value}" for name, value in flags.items()]
