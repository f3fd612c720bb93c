"""
Python for a quill process: what `.pykx.pyexec` and its like run in.

A child process that speaks kdb+ IPC with its parent and no one else. The first process says where the second listens and
with which password, and ends. The objects cross as PyKX's own serialiser writes them, without a licence.

A request is (operation; arguments …), its answer (`value; v), (`error; text) or (`callback; q text; arguments): Python asks q
something before it can answer, and gets (`result; true if it worked; value or text) for it.
"""

import hmac
import os
import secrets
import socket
import struct
import sys
import traceback

listener = socket.create_server(("127.0.0.1", 0), backlog=1)
password = secrets.token_hex(16)
print(listener.getsockname()[1], password, flush=True)
if os.fork():
    os._exit(0)
os.setsid()
# standard output was the way back to q; what Python prints goes where q's errors go
os.dup2(2, 1)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
for name in [n for n in os.environ if n.startswith("PYKX_LOAD") or n in ("PYKX_UNDER_Q", "QUILL_PYKX_CHILD")]:
    del os.environ[name]
os.environ["PYKX_UNLICENSED"] = "true"

import pykx  # noqa: E402


class Stop(Exception):
    """q has closed the connection."""


class Link:
    """The connection to q."""

    def __init__(self) -> None:
        self.socket, _ = listener.accept()
        listener.close()
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        greeting = b""
        while not greeting.endswith(b"\0"):
            greeting += self.read(1)
        # user:password, then the version of the protocol
        given = greeting[:-2].partition(b":")[2].decode(errors="replace")
        if not hmac.compare_digest(given, password):
            raise Stop
        self.socket.sendall(b"\x03")

    def read(self, count):
        """So many bytes."""
        data = bytearray()
        while len(data) < count:
            more = self.socket.recv(min(count - len(data), 1 << 20))
            if not more:
                raise Stop
            data += more
        return bytes(data)

    def receive(self):
        """The items of the next message."""
        header = self.read(8)
        size = struct.unpack("<I", header[4:])[0]
        return list(pykx.deserialize(header + self.read(size - 8)))

    def send(self, *items):
        """A list of q as a response."""
        data = bytearray(pykx.serialize(pykx.toq(list(items))).data)
        data[1] = 2
        self.socket.sendall(data)


def result(value):
    """What a Python value is in q; an error names what has no counterpart."""
    return value if isinstance(value, pykx.K) else pykx.toq(value)


DEFAULT = {
    "k": lambda x: x,
    "raw": lambda x: x.py(raw=True),
    "py": lambda x: x.py(),
    "np": lambda x: x.np(),
    "pd": lambda x: x.pd(),
    "pa": lambda x: x.pa(),
    "default": lambda x: x.pd() if isinstance(x, pykx.Table) else x.py() if type(x) is pykx.List else x.np(),
}


class Q:
    """`kx.q` for code that runs here: calls go to the quill process. `kx.q('…', x)`, `kx.q.name(x)`, `kx.q['name']`."""

    def __init__(self, server):
        object.__setattr__(self, "_server", server)

    def __call__(self, query, *args, **_):
        return self._server.ask(query, args)

    def __getitem__(self, name):
        return self._server.ask(str(name), ())

    def __setitem__(self, name, value):
        self._server.ask("set", (pykx.SymbolAtom(str(name)), value))

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args: self._server.ask(name.rstrip("_"), args)


class Server:
    """Serves the requests of q, in the names of one `__main__`."""

    def __init__(self, link):
        self.link = link
        self.globals = {"__name__": "__main__"}
        pykx.q = Q(self)

    def ask(self, query, args):
        """Evaluate in q; requests that q makes meanwhile are served."""
        text = query.encode() if isinstance(query, str) else query
        self.link.send(pykx.SymbolAtom("callback"), pykx.CharVector(text), pykx.toq([result(a) for a in args]))
        worked, value = self.serve(until_result=True)
        if not worked.py():
            raise pykx.QError(value.py().decode() if isinstance(value.py(), bytes) else str(value))
        return value

    def serve(self, until_result=False):
        """Answer requests; the arguments of `result` once q answers what Python has asked."""
        while True:
            operation, *arguments = self.link.receive()
            operation = operation.py()
            if operation == "result":
                if not until_result:
                    raise Stop
                return arguments
            try:
                self.link.send(pykx.SymbolAtom("value"), result(getattr(self, operation)(*arguments)))
            except Stop:
                raise
            except BaseException as error:  # noqa: BLE001 - whatever the code raises is the answer
                traceback.print_exc()
                self.link.send(pykx.SymbolAtom("error"), pykx.CharVector(repr(error).encode()))

    def exec(self, code):
        """Run statements."""
        exec(compile(text(code), "<q>", "exec"), self.globals)

    def eval(self, code):
        """The value of an expression."""
        return eval(compile(text(code), "<q>", "eval"), self.globals)

    def call(self, name, conversion, arguments):
        """A function called by name, its arguments converted."""
        function = eval(name.py(), self.globals)
        convert = DEFAULT[conversion.py()]
        return function(*[convert(a) for a in arguments])

    def set(self, name, conversion, value):
        """Assign a name."""
        self.globals[name.py()] = DEFAULT[conversion.py()](value)


def text(code):
    """Code as it comes from q."""
    value = code.py()
    return value.decode() if isinstance(value, bytes) else value


try:
    Server(Link()).serve()
except (Stop, ConnectionError, KeyboardInterrupt):
    sys.exit(0)
