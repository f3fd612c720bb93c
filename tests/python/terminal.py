"""A process on a terminal of its own: what a person at the prompt types and sees."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import time
from pathlib import Path
from types import TracebackType

PROMPT = r"(?:^|\n)q[.\w]*\)+ ?$"
# what a line editor sends to move the cursor and to colour
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]")


class Terminal:
    """`argv` run on a pseudo-terminal. `term` names its kind: `dumb` has no line editing and echoes plainly."""

    def __init__(self, *argv: str, home: Path, term: str = "dumb", timeout_s: float = 60) -> None:
        self.timeout_s = timeout_s
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(home)
            env = {**os.environ, "TERM": term, "HOME": str(home)}
            for name in ("LINES", "COLUMNS"):
                env.pop(name, None)
            os.execvpe(argv[0], list(argv), env)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def _more(self, deadline: float) -> bool:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"nothing more came; have {self.text!r}")
        if not select.select([self.fd], [], [], left)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the other side has closed the terminal
            data = b""
        self.text += ESCAPE.sub("", data.decode().replace("\r\n", "\n").replace("\r", ""))
        return bool(data)

    def until(self, pattern: str) -> str:
        """What was printed up to and with the first match of `pattern`."""
        deadline = time.monotonic() + self.timeout_s
        while True:
            found = re.search(pattern, self.text)
            if found:
                seen, self.text = self.text[: found.end()], self.text[found.end() :]
                return seen
            if not self._more(deadline):
                raise EOFError(f"ended without {pattern!r}; have {self.text!r}")

    def send(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def ask(self, line: str) -> str:
        """Types a line; what is printed before the next prompt, then that prompt."""
        self.send(line + "\n")
        seen = self.until(PROMPT)
        return seen.split("\n", 1)[1] if "\n" in seen else seen

    def end(self) -> int:
        """Waits for the process to end; its exit status."""
        deadline = time.monotonic() + self.timeout_s
        while self._more(deadline):
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
