"""The step `beads`: a bead file out of a real repository into ConfigMaps, whole or not at all, and never twice."""

import hashlib
import http.server
import json
import ssl
import sys
import threading
from pathlib import Path

import pytest

from workflows.beadstore import packing
from workflows.beadstore.orders import STORE_FILE, StoreOrders
from workflows.errors import Unavailable

FILE = ".beads/issues.jsonl"
ODD = '{"id":"gt-1","title":"ü \u2028 <b>"}\r\n\r\n{"id":"gt-2"}'
"""Not to be touched: a line that ends in CR, an empty one, a last one without its end."""

CERTIFICATE = Path(__file__).with_name("apiserver.crt")
"""For 127.0.0.1, until 2126: a machine with nothing but Python can make none."""


class Apiserver:
    """What an apiserver does with ConfigMaps that are created: it keeps them, and says so when one is there.

    `told` is called with the number of a creation before it is carried out; what it returns is answered instead.
    """

    def __init__(self, folder):
        self.kept, self.asked, self.told = {}, [], lambda _number: None
        (folder / "ca.crt").write_bytes(CERTIFICATE.read_bytes())
        (folder / "token").write_text("a-token\n")
        answering = type("Answering", (_Answering,), {"apiserver": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), answering)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE, CERTIFICATE.with_suffix(".key"))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def create(self, path, body):
        """Answer one request: a status and a message."""
        where, _, query = path.partition("?")
        assert where == "/api/v1/namespaces/town/configmaps"
        name = json.loads(body)["metadata"]["name"]
        if query:
            assert query == "dryRun=All"
        else:
            self.asked.append(name)
            if answer := self.told(len(self.asked)):
                return answer
        if name in self.kept:
            return 409, {"reason": "AlreadyExists", "message": f'configmaps "{name}" already exists'}
        if not query:
            self.kept[name] = json.loads(body)
        return 201, {}


class _Answering(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        """Create."""
        assert self.headers["Authorization"] == "Bearer a-token"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, told = self.apiserver.create(self.path, body)
        answer = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def apiserver(tmp_path_factory):
    """One for all tests of this file."""
    folder = tmp_path_factory.mktemp("apiserver")
    made = Apiserver(folder)
    made.folder = folder
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def store(town, apiserver):
    """A bead store of the town's repository, and an empty apiserver."""
    apiserver.kept.clear()
    apiserver.asked.clear()
    apiserver.told = lambda _number: None
    return Store(town, apiserver)


class Store:
    """The step with its orders."""

    def __init__(self, town, apiserver):
        self.town, self.apiserver = town, apiserver
        metadata = {"namespace": "town", "labels": {"gastown.io/bead-store": "gt"}, "ownerReferences": []}
        self.orders = StoreOrders("gt-beads", "u-1", str(town.origin), "main", FILE, metadata)

    def environment(self):
        """What the pod is told."""
        (self.town.tasks / STORE_FILE).write_text(self.orders.dump())
        return {
            "GASTOWN_APISERVER_ACCESS": str(self.apiserver.folder),
            "KUBERNETES_SERVICE_HOST": "127.0.0.1",
            "KUBERNETES_SERVICE_PORT": str(self.apiserver.server.server_address[1]),
        }

    def read(self):
        """Run the step to its end."""
        return self.town.step("beads", **self.environment())

    def start(self):
        """Begin to run it."""
        return self.town.start(sys.executable, "-m", "workflows.steps", "beads", **self.environment())

    def handed_over(self, index):
        """The bytes that stand behind a head."""
        head = self.apiserver.kept[index]
        return packing.unpack(head, {name: self.apiserver.kept[name] for name in packing.parts(head)})

    def index(self):
        """The head that the last run put out."""
        return self.town.output("index")


def _large():
    """Beads that hardly pack: a file of two ConfigMaps."""
    text = "".join(hashlib.sha512(str(at).encode()).hexdigest() for at in range(12_000))
    return "".join(
        f'{{"id":"gt-{at}","notes":"{text[at : at + 4000]}"}}\n' for at in range(0, len(text), 4000)
    )


def test_the_file_arrives_to_the_byte(store):
    """With the commit that it was read from, and with the labels of its store."""
    commit = store.town.commit("beads", {FILE: ODD})
    done = store.read()
    assert (0, commit) == (done.code, store.town.output("commit")), done.err
    (config_map,) = store.apiserver.kept.values()
    assert ODD.encode() == store.handed_over(store.index())
    assert ("gt", True) == (
        config_map["metadata"]["labels"]["gastown.io/bead-store"],
        config_map["immutable"],
    )
    assert store.index() == config_map["metadata"]["name"]


def test_the_same_file_is_written_once(store):
    """Another commit, the same file: nothing is sent. Another file gets other names."""
    store.town.commit("beads", {FILE: ODD})
    assert 0 == store.read().code
    first = store.index()
    commit = store.town.commit("other", {"README": "changed\n"})
    again = store.read()
    assert (0, first, commit) == (again.code, store.index(), store.town.output("commit")), again.err
    assert 1 == len(store.apiserver.asked)
    store.town.commit("beads", {FILE: ODD + "\n"})
    assert 0 == store.read().code
    assert store.index() != first


def test_a_large_file_is_spread_and_its_head_comes_last(store):
    """No piece is larger than a ConfigMap may be."""
    text = _large()
    store.town.commit("beads", {FILE: text})
    done = store.read()
    assert 0 == done.code, done.err
    assert text.encode() == store.handed_over(store.index())
    assert (2, store.index()) == (len(store.apiserver.asked), store.apiserver.asked[-1])
    assert max(len(json.dumps(each)) for each in store.apiserver.kept.values()) < 1 << 20


@pytest.mark.parametrize("after", [False, True], ids=["before it is kept", "after it is kept"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_killed_run_is_taken_up(store, number, after):
    """Killed at any of its writes: there is no head yet, or all of the file; the next run makes it whole."""
    store.town.commit("beads", {FILE: _large()})
    running = store.start()

    def kill(count):
        if count != number:
            return None
        running.kill()
        return (500, {}) if not after else None

    store.apiserver.told = kill
    assert -9 == running.wait(timeout=60)
    running.communicate()
    store.apiserver.told = lambda _number: None
    done = store.read()
    assert 0 == done.code, done.err
    assert _large().encode() == store.handed_over(store.index())


def test_an_apiserver_that_is_busy_is_asked_again(store):
    """Once is no reason to fail."""
    store.town.commit("beads", {FILE: ODD})
    store.apiserver.told = lambda number: (503, {"message": "busy"}) if number == 1 else None
    done = store.read()
    assert (0, 2) == (done.code, len(store.apiserver.asked)), done.err
    assert "tried again in 1 s: the apiserver answers 503: busy" in done.err


def test_a_refused_account_is_told_what_it_lacks(store):
    """A second try would say the same: the code is final."""
    store.town.commit("beads", {FILE: ODD})
    store.apiserver.told = lambda _number: (403, {"message": "configmaps is forbidden"})
    assert 20 == store.read().code
    assert (
        "the apiserver refuses the beads: configmaps is forbidden; give the account gastown-beads its role in this namespace"
        == store.town.last_words()
    )


def test_a_missing_file_is_told(store):
    """With what to do, and without another try."""
    assert 32 == store.read().code
    assert (
        f"has no file {FILE} or .beads/beads.jsonl on main: commit the beads there" in store.town.last_words()
    )


def test_a_link_is_no_bead_file(store):
    """It would hand over a path."""
    (store.town.seed / ".beads").mkdir()
    (store.town.seed / FILE).symlink_to("../README")
    store.town.commit("link", {})
    assert 32 == store.read().code
    assert not store.apiserver.kept


def test_a_missing_branch_is_told(store):
    """As by every other step."""
    store.orders = store.orders._replace(branch="trunk")
    assert 1 == store.read().code
    assert "has no branch 'trunk'" in store.town.last_words()


def test_what_was_changed_on_the_way_is_not_taken(store):
    """Neither a piece of another file nor half of it."""
    store.town.commit("beads", {FILE: ODD})
    assert 0 == store.read().code
    head = store.apiserver.kept[store.index()]
    store.town.commit("beads", {FILE: ODD * 2})
    assert 0 == store.read().code
    other = store.apiserver.kept[store.index()]
    with pytest.raises(Unavailable, match="not those that were written"):
        packing.unpack(head | {"binaryData": other["binaryData"]}, {})
    with pytest.raises(Unavailable, match="it holds no beads"):
        packing.unpack(head | {"binaryData": {}}, {})
    with pytest.raises(Unavailable, match="not written by this version"):
        packing.parts({"metadata": {"name": "x"}})
