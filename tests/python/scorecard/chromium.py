"""A headless Chromium driven over its own DevTools protocol: enough to look at a page and click on it."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from websockets.sync.client import connect


def executable():
    """Where Chromium is, or None."""
    return next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)


class Browser:
    """One page in one browser; a context manager that ends the process."""

    def __init__(self, width=1920, height=1080):
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [
                executable(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run", "--disable-background-networking", "--hide-scrollbars",
                f"--window-size={width},{height}", "--remote-debugging-port=0", "--remote-allow-origins=*",
                f"--user-data-dir={self._folder.name}", "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._next, self.console = 0, []
        try:
            port = self._port()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as answer:
                pages = json.load(answer)
            target = next(page for page in pages if page["type"] == "page")
            self._socket = connect(target["webSocketDebuggerUrl"], max_size=None)
            self.send("Runtime.enable")
            self.send("Page.enable")
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            self.send("Emulation.setDeviceMetricsOverride", **size)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _port(self, patience_s=180):
        """The port Chromium chose, which it writes to a file when it listens."""
        file = Path(self._folder.name) / "DevToolsActivePort"
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise RuntimeError(f"chromium ended with {self._process.returncode}")
            if file.exists() and "\n" in file.read_text():
                return int(file.read_text().split("\n")[0])
            time.sleep(0.05)
        raise RuntimeError("chromium did not listen")

    def send(self, method, **params):
        """One DevTools command and its result."""
        self._next += 1
        self._socket.send(json.dumps({"id": self._next, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv(timeout=60))
            if message.get("id") == self._next:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            if message.get("method") == "Runtime.exceptionThrown":
                self.console.append(message["params"]["exceptionDetails"].get("exception", {}).get("description", ""))
            if message.get("method") == "Runtime.consoleAPICalled" and message["params"]["type"] == "error":
                self.console.append(" ".join(str(a.get("value", a)) for a in message["params"]["args"]))

    def open(self, address):
        self.send("Page.navigate", url=address)

    def run(self, script):
        """The value of a JavaScript expression."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description"))
        return answer["result"].get("value")

    def click(self, selector):
        """Click where a reader would: the middle of what is drawn, by the mouse."""
        box = f"(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector({json.dumps(selector)})"
        x, y = self.run(box + ".getBoundingClientRect())")
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def wait(self, script, patience_s=180):
        """Run an expression again and again until it is true; what it was then."""
        end = time.monotonic() + patience_s
        while True:
            found = self.run(script)
            if found:
                return found
            if time.monotonic() > end:
                raise AssertionError(
                    f"never true: {script}\npage: {self.run('document.body.innerText')}\n{self.console}"
                )
            time.sleep(0.1)

    def screenshot(self, file):
        Path(file).write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))

    def close(self):
        if hasattr(self, "_socket"):
            self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()
