"""Clusters for the tests: booted once a session, ended if the session booted them, and a table of what ran where.

`python -m harness test` runs those of the two clusters side by side. A test that only looks at a convoy's end names what slings it
(`slings`): those convoys are slung from the moment that the cluster is there, a few at a time, and run while other tests do.
"""

import functools
import itertools
import os
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from harness import tenants
from harness.adapters import Adapter, adapter
from harness.boot import booted
from harness.cluster import end, session
from harness.convoys import Slung, Yard
from harness.errors import Missing
from harness.given import given
from harness.running import Cluster
from harness.site import Mode, Site
from harness.skipping import have, or_skip
from harness.slinging import Slinger
from harness.towns import Town

KINDS = {"cluster": Mode.FULL, "light": Mode.LIGHT}
"""The fixtures that give a cluster."""

_BOOTS = pytest.StashKey[dict[str, float]]()
_RESULTS = pytest.StashKey[Counter[tuple[str, str]]]()
_NUMBERS = itertools.count()
_SLINGER = pytest.StashKey[Slinger]()
_SLOW = {
    "adapter_argo_verbs": 75,
    "adapter_beadstores": 60,
    "adapter_convoys": 75,
    "adapter_faults": 95,
    "adapter_lost_sight": 60,
    "adapter_packed_nodes": 20,
    "adapter_polecats": 25,
    "adapter_rights": 50,
    "adapter_rigs": 70,
    "adapter_stored_nodes": 20,
    "adapter_writes": 20,
    "definitions": 25,
    "recordings": 35,
    "smoke": 25,
}
"""Seconds that files of a light cluster take, where that is more than a few; they only say how to share them out."""
_TURNS = {"slings": 1, "late": 2, "last": 3, "very_last": 4}


def pytest_configure(config: pytest.Config) -> None:
    """Begin the table."""
    config.stash[_BOOTS] = {}
    config.stash[_RESULTS] = Counter()
    config.addinivalue_line("markers", "slings(by): a convoy to look at, slung by by(yard, **parameters)")
    for turn in ("late", "last", "very_last"):
        config.addinivalue_line("markers", f"{turn}: comes {turn.replace('_', ' ')}, whatever the order")
    for place in (*Mode, "given"):
        config.addinivalue_line("markers", f"{place}: runs on the {place} cluster")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--share 1/2` runs half of the files."""
    parser.addoption("--share", default="1/1", help="number of the share and of shares, as 1/2: of the files")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    """Mark what needs a cluster, and give it the time that a first build takes. The turns go after everybody's shuffling."""
    number, count = map(int, config.getoption("share").split("/"))
    own = _shares({item.path for item in items}, count)[number - 1]
    items[:] = [item for item in items if item.path in own]
    for item in items:
        if place := _place(item):
            item.add_marker(pytest.mark.cluster)
            item.add_marker(getattr(pytest.mark, place))
            item.add_marker(pytest.mark.timeout(2400))
    yield
    items.sort(key=_turn)


def _shares(files: set[Path], count: int) -> list[list[Path]]:
    """The files of each share, all about equally long: the longest first, each to whom has least."""
    shares: list[list[Path]] = [[] for _ in range(count)]
    for file in sorted(files, key=lambda each: (-_seconds(each), each)):
        min(shares, key=lambda share: sum(map(_seconds, share))).append(file)
    return shares


def _seconds(file: Path) -> int:
    return _SLOW.get(file.stem.removeprefix("test_"), 4)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Count each test under the cluster that it ran on. A failed one shows what went wrong with the pods of its yard."""
    report = yield
    if report.when == "call" or report.outcome != "passed":
        item.config.stash[_RESULTS][_place(item) or "no cluster", report.outcome] += 1
    yard = _yard(item)
    if report.failed and yard is not None:
        report.sections.append(("pods that failed", _mishaps(yard)))
    return report


def _mishaps(yard: Yard) -> str:
    try:
        return yard.cluster.mishaps(yard.namespace)
    except Exception as error:  # noqa: BLE001 - a cluster that is broken can't say how; the failure counts
        return f"not known: {error}"


def _yard(item: pytest.Item) -> Yard | None:
    arguments = getattr(item, "funcargs", {})
    return next((each.yard for each in arguments.values() if isinstance(each, Slung)), arguments.get("yard"))


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup() -> Generator[None, object, object]:
    """On a stranger's cluster, skip what needs processes that we don't have there, or images that nobody loaded."""
    return (yield from _skipping())


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    """As above, for what a test asks for in its body."""
    return (yield from _skipping())


def _skipping() -> Generator[None, object, object]:
    try:
        return (yield)
    except Missing as missing:
        if given() is None:
            raise
        pytest.skip(str(missing))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What ran where: one line per cluster, with how long it took to be there."""
    results, boots = config.stash[_RESULTS], config.stash[_BOOTS]
    terminalreporter.section("what ran where")
    terminalreporter.write_line(f"{'cluster':12}{'ready after':>12}{'passed':>8}{'failed':>8}{'skipped':>8}")
    for place in sorted({place for place, _ in results}):
        ready = f"{boots[place]:.0f} s" if place in boots else "-"
        counts = "".join(f"{results[place, outcome]:>8}" for outcome in ("passed", "failed", "skipped"))
        terminalreporter.write_line(f"{place:12}{ready:>12}{counts}")


@pytest.fixture(scope="session")
def cluster(
    request: pytest.FixtureRequest, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """A cluster with a real node and real pods."""
    mode = Mode.GIVEN if given() else Mode.FULL
    with _cluster(mode, pytestconfig, tmp_path_factory.mktemp("full")) as running:
        apart = Cluster(running.site, tmp_path_factory.mktemp("slung"))  # a client is one thread's
        with Slinger(lambda: _yard_of(apart)) as slinger:
            for item in sorted(request.session.items, key=_turn_to_sling):
                if convoy := _convoy(item):
                    slinger.ask(convoy, functools.partial(convoy.by, **dict(convoy.parameters)))
            pytestconfig.stash[_SLINGER] = slinger
            yield running


@pytest.fixture
def slung(cluster: Cluster, request: pytest.FixtureRequest) -> Slung:  # noqa: ARG001 - it slings
    """What the function that the test's mark names made of a yard of its own, when its turn came."""
    return request.config.stash[_SLINGER].slung(_convoy(request.node))


@pytest.fixture(scope="session")
def light(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A cluster whose pods are played: for what needs an apiserver and Argo, but no containers."""
    if given():
        yield request.getfixturevalue("cluster")
        return
    scratch = request.getfixturevalue("tmp_path_factory").mktemp("light")
    with _cluster(Mode.LIGHT, request.config, scratch) as running:
        yield running


@pytest.fixture(scope="session")
def helm(pytestconfig: pytest.Config) -> None:
    """helm, built from its module: for what needs the chart and no cluster."""
    have("helm", _say(pytestconfig))


@pytest.fixture(scope="session")
def actionlint(pytestconfig: pytest.Config) -> None:
    """actionlint, built from its module."""
    have("actionlint", _say(pytestconfig))


@pytest.fixture
def workers(cluster: Cluster) -> Iterator[str]:
    """A namespace of its own for Workflows with real pods, removed afterwards."""
    with _namespace(cluster, tenants.workers) as name:
        yield name


@pytest.fixture
def light_workers(light: Cluster) -> Iterator[str]:
    """A namespace of its own for Workflows with played pods, removed afterwards."""
    with _namespace(light, tenants.played) as name:
        yield name


@pytest.fixture(scope="module")
def resident(light: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adapter]:
    """An adapter that works in all namespaces, for the tests of one file: it takes seconds to start."""
    scratch = tmp_path_factory.mktemp("adapter")
    with _namespace(light, tenants.played) as home, adapter(light, scratch, home, namespaces=[]) as replica:
        yield replica


@pytest.fixture
def town(light: Cluster, light_workers: str, resident: Adapter) -> Iterator[Town]:
    """A namespace with a rig, where the resident adapter works."""
    town = Town(light, light_workers, resident)
    town.rig()
    yield town
    town.delete("Rig", light_workers)


@contextmanager
def _cluster(mode: Mode, config: pytest.Config, scratch: Path) -> Iterator[Cluster]:
    before, started = Site.load(mode), time.monotonic()
    was_up = mode is not Mode.GIVEN and before is not None and booted(before)
    with ExitStack() as stack:
        with or_skip(f"{mode} cluster"):
            try:
                site = stack.enter_context(session(mode, _say(config)))
            except Missing as missing:
                if mode is Mode.GIVEN:
                    pytest.exit(str(missing), 2)
                raise
        config.stash[_BOOTS][mode] = time.monotonic() - started
        running = Cluster(site, scratch)
        yield running
        running.reconnect()
        if not was_up:
            end(mode)


@contextmanager
def _namespace(running: Cluster, manifests: Callable[[str], list[tenants.Manifest]]) -> Iterator[str]:
    name = f"test-{os.getpid()}-{next(_NUMBERS)}"
    running.apply(*manifests(name))
    yield name
    if running.up:
        running.kind("v1", "Namespace").delete(name=name)


@contextmanager
def _yard_of(running: Cluster) -> Iterator[Yard]:
    with _namespace(running, tenants.workers) as name:
        yard = Yard(running, name)
        yard.open()
        yield yard


class _Convoy(NamedTuple):
    """What slings it, with which of the test's parameters."""

    by: Callable[..., Slung]
    parameters: tuple[tuple[str, Any], ...]


def _convoy(item: pytest.Item) -> _Convoy | None:
    mark = item.get_closest_marker("slings")
    if mark is None:
        return None
    called = getattr(item, "callspec", None)
    return _Convoy(mark.kwargs["by"], tuple(called.params.items()) if called else ())


def _turn_to_sling(item: pytest.Item) -> int:
    """What is looked at last takes longest, and so begins; the others in the order of the tests."""
    return 0 if _turn(item) > _TURNS["slings"] else 1


def _turn(item: pytest.Item) -> int:
    """Later for higher; within a turn the order stays, files together."""
    return max((_TURNS[mark.name] for mark in item.iter_markers() if mark.name in _TURNS), default=0)


def _place(item: pytest.Item) -> str:
    """The kind of cluster that a test runs on: `full` where it asks for both, empty where it asks for none."""
    asked = [str(mode) for fixture, mode in KINDS.items() if fixture in getattr(item, "fixturenames", ())]
    return "given" if asked and given() else asked[0] if asked else ""


def _say(config: pytest.Config) -> Callable[[str], None]:
    """Progress goes past pytest's capture: a first build takes a quarter of an hour."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")

    def say(words: str) -> None:
        if reporter is not None:
            reporter.write_line(f"  {words}")

    return say
