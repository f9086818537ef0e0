"""A headless Chromium: opens pages, asks them and clicks by JavaScript, and takes pictures, over its own protocol."""

import base64
import contextlib
import itertools
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import websocket
from harness.errors import Broken, Missing
from harness.processes import until

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE = 60.0
_ANIMATIONS = 1.0


class Page:
    """One tab."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    def open(self, url: str, *, width: int, height: int) -> None:
        """Go there, in a window of this size."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", **size)
        self._call("Page.navigate", url=url)

    def ask(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    def until(self, script: str, what: str) -> None:
        """Wait until an expression is true. Raises Broken, with what the page shows instead."""
        try:
            until(lambda: bool(self.ask(script)), what, seconds=_PATIENCE)
        except Broken as late:
            shown = self.ask("document.body.innerText")
            raise Broken(f"{late}; the page shows: {shown[:600]}") from None

    def click(self, element: str) -> None:
        """Click on the element of a JavaScript expression, once it is there."""
        self.until(f"Boolean({element})", element)
        self.ask(f"{element}.click()")

    def picture(self, path: Path) -> None:
        """What is seen now, as a PNG; a small one where there is pngquant."""
        time.sleep(_ANIMATIONS)
        answer = self._call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(answer["data"]))
        if shutil.which("pngquant"):
            subprocess.run(("pngquant", "--force", "--ext", ".png", "--strip", "64", str(path)), check=True)

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            told = json.loads(self._socket.recv())
            if told.get("id") == number:
                break
        if "error" in told:
            raise Broken(f"Chromium refused {method}: {told['error']['message']}")
        result: dict[str, Any] = told["result"]
        return result


@contextlib.contextmanager
def page() -> Iterator[Page]:
    """A tab of a browser that ends with the block. Raises Missing where there is no Chromium."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise Missing("no Chromium: install the package chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        flags = ("--headless=new", "--no-sandbox", "--hide-scrollbars", "--remote-debugging-port=0")
        command = (program, *flags, f"--user-data-dir={profile}", "about:blank")
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                note = Path(profile) / "DevToolsActivePort"
                until(lambda: note.exists() and bool(note.read_text()), "Chromium", seconds=_PATIENCE)
                socket = websocket.create_connection(_tab(note.read_text().split()[0]), suppress_origin=True)
                with contextlib.closing(socket):
                    yield Page(socket)
            finally:
                process.terminate()


def _tab(port: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=_PATIENCE) as answer:
        tabs = json.load(answer)
    return str(next(each["webSocketDebuggerUrl"] for each in tabs if each["type"] == "page"))
