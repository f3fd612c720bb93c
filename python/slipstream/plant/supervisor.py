"""
The plant under supervisord: processes start one after another, each once the one before answers, and are restarted when they die.

supervisord runs as a daemon of its own, reached over a unix socket in `var/run`; so `slipstream up` can return, and `status` and
`down` find it again. It does not outlive `down`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from slipstream.config import Config
from slipstream.engine.base import handshake
from slipstream.errors import AccessDenied, NotReady, PlantError, PortBusy, Unreachable
from slipstream.plant.spec import Process

_SOCKET_PATH_MAX = 100  # the system allows 107 bytes
_STOP_WAIT_S = 5
GAVE_UP = 3
"""Exit code of a process that has said why it cannot go on: starting it again would not help."""
_NO_FILE, _ALREADY_STARTED, _NOT_RUNNING = 20, 60, 70


@dataclass(frozen=True, slots=True)
class Status:
    """How a process is doing."""

    name: str
    state: str  # supervisord's word: RUNNING, STARTING, BACKOFF, FATAL, EXITED, STOPPED; or DOWN without supervisord
    pid: int
    port: int
    ready: bool
    since: float  # seconds since 1970 of its last start, 0 when it never ran

    @property
    def good(self) -> bool:
        """Running and answering, or done."""
        return self.ready and self.state in ("RUNNING", "EXITED")


class Supervisor:
    """The plant's processes as one thing that can be brought up and down."""

    def __init__(self, config: Config, processes: Sequence[Process]) -> None:
        self.config = config
        self.processes = list(processes)
        self._dir = config.run_dir
        self._file = self._dir / "supervisord.conf"

    @property
    def socket(self) -> Path:
        """The unix socket that supervisord listens on."""
        path = self._dir / "supervisor.sock"
        if len(str(path)) <= _SOCKET_PATH_MAX:
            return path
        digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"slipstream-{os.getuid()}-{digest}.sock"

    def running(self) -> bool:
        """Whether supervisord answers."""
        try:
            return bool(self._api().supervisor.getState()["statename"] == "RUNNING")
        except (OSError, xmlrpc.client.Error):
            return False

    def up(self, progress: Callable[[str, str], None] | None = None) -> None:
        """
        Start supervisord and every process that is not running, in order, each once the one before is ready.

        What an earlier, killed supervisord left behind is stopped first, by asking the process at the port who it is.

        Raises:
            PortBusy: something that is not ours listens where a process should.
            NotReady: a process did not answer in time; the message shows the end of its log.
        """
        tell = progress or (lambda _name, _what: None)
        for folder in (self.config.log_dir, self._dir, self.config.tplog_dir, self.config.hdb_dir):
            folder.mkdir(parents=True, exist_ok=True)
        if not self.running():
            self._clear_orphans()
            self._write()
            self._daemon()
        else:
            self._write()
            self._reread()
        for process in self.processes:
            tell(process.name, "starting")
            self._start(process)
            self._wait_ready(process)
            tell(process.name, "ready")

    def down(self, progress: Callable[[str, str], None] | None = None) -> bool:
        """Stop every process, the last started first, then supervisord; False when nothing was running."""
        tell = progress or (lambda _name, _what: None)
        if not self.running():
            return self._clear_orphans()
        api = self._api().supervisor
        for info in sorted(api.getAllProcessInfo(), key=lambda item: self._order(item["name"]), reverse=True):
            try:
                api.stopProcess(info["name"], True)
                tell(info["name"], "stopped")
            except xmlrpc.client.Fault as fault:
                if fault.faultCode != _NOT_RUNNING:
                    raise PlantError(f"{info['name']} could not be stopped: {fault.faultString}") from None
        api.shutdown()
        deadline = time.monotonic() + _STOP_WAIT_S + 5
        while self.running() or self.socket.exists():
            if time.monotonic() > deadline:
                raise PlantError(f"supervisord did not end; its log is {self.config.log_dir / 'supervisord.log'}")
            time.sleep(0.05)
        return True

    def stop(self, name: str) -> Process:
        """Stop one process and leave it stopped until it is started again."""
        process = next((item for item in self.processes if item.name == name), None)
        if process is None:
            raise PlantError(f"there is no process {name}; there are {', '.join(item.name for item in self.processes)}")
        with contextlib.suppress(xmlrpc.client.Fault):  # not running is what we want
            self._api().supervisor.stopProcess(name, True)
        return process

    def restart(self, name: str) -> None:
        """Stop and start one process and wait until it is ready."""
        process = self.stop(name)
        self._start(process)
        self._wait_ready(process)

    def pid(self, name: str) -> int:
        """The process id that supervisord knows of a process, 0 when it does not run; the process itself is not asked."""
        return int(self._api().supervisor.getProcessInfo(name)["pid"])

    def status(self) -> list[Status]:
        """Each process in starting order."""
        infos: dict[str, dict[str, Any]] = {}
        if self.running():
            infos = {info["name"]: info for info in self._api().supervisor.getAllProcessInfo()}
        found = []
        for process in self.processes:
            info = infos.get(process.name)
            if info is None:
                found.append(Status(process.name, "DOWN", 0, process.port, False, 0.0))
                continue
            pid = int(info["pid"])
            ready = process.kind == "job" or (pid != 0 and self._answers(process))
            if process.kind == "job" and str(info["statename"]) == "EXITED":
                ready = process.ends and int(info["exitstatus"]) == 0
            found.append(Status(process.name, str(info["statename"]), pid, process.port, ready, float(info["start"])))
        return found

    # ---- supervisord

    def _api(self) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)

    def _order(self, name: str) -> int:
        names = [process.name for process in self.processes]
        return names.index(name) if name in names else -1

    def _write(self) -> None:
        """Write supervisord's configuration."""
        log = self.config.log_dir
        text = [
            "; written by slipstream up; changes are lost",
            "[unix_http_server]",
            f"file={_quote(self.socket)}",
            "chmod=0600",
            "[supervisord]",
            f"logfile={_quote(log / 'supervisord.log')}",
            "logfile_maxbytes=10MB",
            f"pidfile={_quote(self._dir / 'supervisord.pid')}",
            f"directory={_quote(self.config.var_dir)}",
            f"identifier=slipstream-{hashlib.sha256(str(self._dir).encode()).hexdigest()[:8]}",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        ]
        for process in self.processes:
            environment = ",".join(f'{name}="{_quote(value)}"' for name, value in process.environment.items())
            text += [
                f"[program:{process.name}]",
                f"command={_quote(shlex.join(process.command))}",
                f"directory={_quote(self.config.var_dir)}",
                f"environment={environment}",
                "autostart=false",
                f"autorestart={'unexpected' if process.ends else 'true'}",
                f"exitcodes=0,{GAVE_UP}",
                "startsecs=0",
                "startretries=1000000",
                f"stopwaitsecs={_STOP_WAIT_S}",
                "stopasgroup=true",
                "killasgroup=true",
                "redirect_stderr=true",
                f"stdout_logfile={_quote(log / f'{process.name}.log')}",
                "stdout_logfile_maxbytes=20MB",
                "stdout_logfile_backups=3",
            ]
        temporary = self._file.with_suffix(".new")
        temporary.write_text("\n".join(text) + "\n", encoding="utf-8")
        temporary.replace(self._file)

    def _daemon(self) -> None:
        """Start supervisord and wait until it answers."""
        self.socket.unlink(missing_ok=True)
        out = self.config.log_dir / "supervisord.out"
        with out.open("ab") as sink:
            subprocess.Popen(
                [sys.executable, "-m", "slipstream.plant.daemon", "--nodaemon", "-c", str(self._file)],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                cwd=self.config.var_dir,
            )
        deadline = time.monotonic() + 15
        while not self.running():
            if time.monotonic() > deadline:
                raise PlantError(f"supervisord did not come up:\n{_tail(out)}")
            time.sleep(0.05)

    def _reread(self) -> None:
        """Let a running supervisord see new or changed programs."""
        api = self._api().supervisor
        added, changed, _removed = api.reloadConfig()[0]
        for name in changed:
            with contextlib.suppress(xmlrpc.client.Fault):  # it may not be running
                api.stopProcess(name, True)
            api.removeProcessGroup(name)
            api.addProcessGroup(name)
        for name in added:
            api.addProcessGroup(name)

    def _start(self, process: Process) -> None:
        api = self._api().supervisor
        try:
            if api.getProcessInfo(process.name)["statename"] in ("RUNNING", "STARTING"):
                return
            if process.port and self._listens(process.port):
                raise PortBusy(
                    f"{process.name}: something else listens on {self.config.host}:{process.port}; set ports.{process.name}"
                )
            api.startProcess(process.name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != _ALREADY_STARTED:
                raise PlantError(f"{process.name} could not be started: {fault.faultString}") from None

    def _wait_ready(self, process: Process) -> None:
        deadline = time.monotonic() + self.config.start_timeout_s
        log = self.config.log_dir / f"{process.name}.log"
        while not self._answers(process):
            state = self._api().supervisor.getProcessInfo(process.name)["statename"]
            if state in ("FATAL", "STOPPED") or time.monotonic() > deadline:
                raise NotReady(
                    f"{process.name} did not answer on {self.config.host}:{process.port} within "
                    f"{self.config.start_timeout_s:g} s (state {state}); the end of {log}:\n{_tail(log)}"
                )
            time.sleep(0.03)

    def _answers(self, process: Process) -> bool:
        if process.kind == "job":
            return self._api().supervisor.getProcessInfo(process.name)["statename"] in ("RUNNING", "EXITED")
        if process.kind != "q":
            return self._listens(process.port)
        try:
            handshake(self.config.host, process.port, user=self.config.user, password=self.config.password)
        except AccessDenied:
            return False
        except Unreachable:
            return False
        return True

    def _listens(self, port: int) -> bool:
        try:
            with socket.create_connection((self.config.host, port), timeout=0.5):
                return True
        except OSError:
            return False

    def _clear_orphans(self) -> bool:
        """
        Stop processes of ours that outlived their supervisord, found by their command lines.

        Only a process whose whole command line is the one we would start now is ours.
        """
        stopped = False
        for process in reversed(self.processes):
            pid = self._owner(process)
            if pid is None:
                continue
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + _STOP_WAIT_S
            while _alive(pid):
                if time.monotonic() > deadline:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                time.sleep(0.02)
            stopped = True
        return stopped

    def _owner(self, process: Process) -> int | None:
        """The pid of the process of ours that listens on its port, or runs in our folder, if there is one."""
        if process.port and not self._listens(process.port):
            return None
        wanted = [part.encode() for part in process.command]
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if (folder / "cmdline").read_bytes().rstrip(b"\0").split(b"\0") != wanted:
                    continue
                if process.port or (folder / "cwd").resolve() == self.config.var_dir:
                    return int(folder.name)
            except OSError:
                continue  # ended meanwhile, or not ours to read
        return None


def check_ports(config: Config, processes: Sequence[Process]) -> dict[str, bool]:
    """Which process ports are free now."""
    free = {}
    for process in processes:
        if not process.port:
            continue
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((config.host, process.port))
                free[process.name] = True
            except OSError:
                free[process.name] = False
    return free


def _quote(value: object) -> str:
    """supervisord expands % in values."""
    return str(value).replace("%", "%%")


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
        # a leader that ended shows Z while its other threads still run, and hold its sockets open
        return state != "Z" or len(list(Path(f"/proc/{pid}/task").iterdir())) > 1
    except OSError:
        return False


def _tail(file: Path, lines: int = 15) -> str:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"({error.strerror})"
    return "\n".join(text.splitlines()[-lines:])
