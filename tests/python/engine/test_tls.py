"""TLS of quill: the port (`-E`), handles (`:tcps://`), PyKX over it, certificates that are not trusted, broken handshakes."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("PYKX_UNLICENSED", "true")
import pykx as kx

x509 = pytest.importorskip("cryptography.x509", reason="the package cryptography makes the certificates")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from cryptography.x509.oid import NameOID  # noqa: E402

Serve = Callable[..., "Served"]


class Served:
    """A quill that serves; what it prints is in `log`."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def text(self) -> str:
        return self.log.read_text(errors="replace")


def name(common: str) -> Any:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Slipstream"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


class Authority:
    """A certificate authority that writes what it issues to a folder."""

    def __init__(self, folder: Path, common: str) -> None:
        self.folder, self.key, self.subject = folder, ec.generate_private_key(ec.SECP256R1()), name(common)
        folder.mkdir()
        builder = self.builder(self.subject, self.key, 365)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.file = self.write("ca.pem", builder.sign(self.key, hashes.SHA256()))

    def builder(self, subject: Any, key: Any, days: int) -> Any:
        end = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.subject).public_key(key.public_key())
        return builder.serial_number(4711).not_valid_before(end - dt.timedelta(days=730)).not_valid_after(end)

    def write(self, file: str, item: Any) -> str:
        path = self.folder / file
        path.write_bytes(item.public_bytes(serialization.Encoding.PEM))
        return str(path)

    def issue(self, common: str, days: int = 365) -> dict[str, str]:
        """The environment of a process that has a certificate of this authority, and trusts it."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(common), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        certificate = self.builder(name(common), key, days).add_extension(names, critical=False)
        certificate = certificate.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        private = self.folder / f"{common}.key"
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        file = self.write(f"{common}.pem", certificate.sign(self.key, hashes.SHA256()))
        return {"SSL_CERT_FILE": file, "SSL_KEY_FILE": str(private), "SSL_CA_CERT_FILE": self.file}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "ours", "Our CA")


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "others", "Other CA")


def environment(settings: dict[str, str]) -> dict[str, str]:
    """This process's environment with `settings` as all that it says of TLS."""
    kept = {k: v for k, v in os.environ.items() if "SSL_" not in k}
    return kept | settings


@pytest.fixture
def serve(quill_path: Path, tmp_path: Path) -> Iterator[Serve]:
    from conftest import free_port

    started: list[Served] = []

    def start(settings: dict[str, str], *args: str) -> Served:
        port = free_port()
        log = tmp_path / f"{port}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [str(quill_path), *args, "-p", f"127.0.0.1:{port}"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment(settings),
            )  # fmt: skip
        served = Served(process, port, log)
        started.append(served)
        deadline = time.monotonic() + 180
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return served
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline, served.text()
                time.sleep(0.02)

    yield start
    for served in started:
        served.process.kill()
        served.process.wait()


def ask(quill: Path, settings: dict[str, str], *lines: str) -> str:
    """What quill prints, its errors included, to lines typed."""
    text = "".join(line + "\n" for line in lines).encode()
    done = subprocess.run(
        [quill, "-q"], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=True, env=environment(settings)
    )  # fmt: skip
    return done.stdout.decode()


def logged(served: Served, text: str) -> None:
    """Waits until the server has printed `text`."""
    deadline = time.monotonic() + 180
    while text not in served.text():
        assert time.monotonic() < deadline, served.text()
        time.sleep(0.02)


@pytest.fixture
def trusting(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyKX trusts the authority."""
    for variable in [v for v in os.environ if "SSL_" in v]:
        monkeypatch.delenv(variable)
    for variable, value in authority.issue("client").items():
        monkeypatch.setenv(variable, value)


@pytest.mark.usefixtures("trusting")
def test_pykx_asks_over_tls(serve: Serve, authority: Authority) -> None:
    served = serve(authority.issue("localhost"), "-E", "2")
    with kx.SecureQConnection("localhost", served.port, no_ctx=True, tls=True) as q:
        assert q("2+3").py() == 5
        column = np.arange(1_250_000)
        assert q("{sum x}", column).py() == int(column.sum())
        assert (q("reverse", column).np() == column[::-1]).all()
        assert q("key .z.e").py()[:2] == ["CIPHER", "PROTOCOL"]
        assert q('system"E"').py() == 2


def test_quill_asks_quill_over_tls(quill_path: Path, serve: Serve, authority: Authority) -> None:
    served = serve(authority.issue("localhost"), "-E", "1")
    answer = ask(
        quill_path, authority.issue("client"),
        f"h:hopen`:tcps://localhost:{served.port}:me:secret", 'h"(.z.u;key .z.e)"', "(-26!h)`CERT",
        "neg[h](set;`a;til 1250000)", "(til 1250000)~h`a", "h(sum;til 1250000)",
        f"`:tcps://127.0.0.1:{served.port} \"6*7\"", "count .z.e", f"`::{served.port} \"count .z.e\"", "hclose h",
    )  # fmt: skip
    assert "`me\n`CIPHER`PROTOCOL\n" in answer
    assert '"/O=Slipstream/CN=localhost"' in answer and '"/O=Slipstream/CN=Our CA"' in answer
    words = [line.split() for line in answer.splitlines()]
    assert (
        ["SERIALNUMBER", "|", '"4711"'] in words
        and ["VERIFIED", "|", "1b"] in words
        and ["VERIFYERROR", "|", "0"] in words
    )
    # the vector that was sent, its sum, the one-shot answer, .z.e of the console and of a plain caller
    assert answer.splitlines()[-5:] == ["1b", "781249375000", "42", "0", "0"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_and_a_long_answer_to_a_slow_reader(
    serve: Serve, authority: Authority, version: ssl.TLSVersion
) -> None:
    """More than the socket holds waits in the server, which goes on serving."""
    served = serve(authority.issue("localhost"), "-E", "1")
    context = ssl.create_default_context(cafile=authority.file)
    context.minimum_version = context.maximum_version = version
    with context.wrap_socket(socket.create_connection(("127.0.0.1", served.port)), server_hostname="localhost") as slow:
        slow.sendall(b"u:p\x03\x00")
        assert slow.recv(1) == b"\x03"
        slow.sendall(bytes(kx.serialize(kx.CharVector("til 4000000"), wait=1).data))
        with kx.SyncQConnection("127.0.0.1", served.port, no_ctx=True) as q:
            assert q("1+1").py() == 2
        got = bytearray()
        while len(got) < 8 or len(got) < int.from_bytes(got[4:8], "little"):
            piece = slow.recv(1 << 20)
            assert piece
            got += piece
        assert len(got) == 8 + 6 + 8 * 4_000_000
        assert int.from_bytes(got[-8:], "little") == 3_999_999


def test_a_server_of_another_authority_is_refused(
    quill_path: Path, serve: Serve, authority: Authority, others: Authority
) -> None:
    served = serve(others.issue("localhost"), "-E", "2")
    settings = authority.issue("client")
    at = f"`:tcps://localhost:{served.port}"
    assert "'conn. OS reports: invalid peer certificate: UnknownIssuer" in ask(quill_path, settings, f"hopen {at}")
    logged(served, "'tls handle")
    assert ask(quill_path, settings | {"SSL_VERIFY_SERVER": "NO"}, f'{at} "6*7"') == "42\n"
    # the KX_ names come first, and a session's own settings before those it was started with
    assert ask(quill_path, settings | {"KX_SSL_CA_CERT_FILE": others.file}, f'{at} "6*7"') == "42\n"
    assert ask(quill_path, settings, f'`SSL_CA_CERT_FILE setenv "{others.file}"', f'{at} "6*7"') == "42\n"


def test_the_certificate_must_be_in_time(quill_path: Path, serve: Serve, authority: Authority) -> None:
    served = serve(authority.issue("late", days=-1), "-E", "2")
    answer = ask(quill_path, authority.issue("client"), f"hopen`:tcps://localhost:{served.port}")
    assert "certificate expired" in answer


def test_the_name_is_checked_where_that_is_asked_for(quill_path: Path, serve: Serve, authority: Authority) -> None:
    served = serve(authority.issue("elsewhere"), "-E", "2")
    settings = authority.issue("client")
    assert ask(quill_path, settings, f'`:tcps://localhost:{served.port} "6*7"') == "42\n"
    settings["SSL_VERIFY_SERVER"] = "HOSTIP"
    assert ask(quill_path, settings, f'`:tcps://127.0.0.1:{served.port} "6*7"') == "42\n"
    assert "not valid for name" in ask(quill_path, settings, f"hopen`:tcps://localhost:{served.port}")


def test_clients_must_show_a_certificate_where_that_is_asked_for(
    quill_path: Path, serve: Serve, authority: Authority, others: Authority
) -> None:
    settings = authority.issue("localhost")
    strict = serve(settings | {"SSL_VERIFY_CLIENT": "YES"}, "-E", "2")
    lenient = serve(settings | {"SSL_VERIFY_CLIENT": "REQUESTONLY"}, "-E", "2")
    known, nobody = authority.issue("client"), {"SSL_CA_CERT_FILE": authority.file}
    stranger = others.issue("stranger") | nobody
    question = '".z.e[`CERT]`SUBJECT`VERIFIED`VERIFYERROR"'
    for served in (strict, lenient):
        assert (
            ask(quill_path, known, f"`:tcps://localhost:{served.port} {question}")
            == '"/O=Slipstream/CN=client"\n1b\n0\n'
        )
    for caller in (stranger, nobody):
        assert "'conn. OS reports: received fatal alert" in ask(
            quill_path, caller, f"hopen`:tcps://localhost:{strict.port}"
        )
    assert (
        ask(quill_path, stranger, f"`:tcps://localhost:{lenient.port} {question}")
        == '"/O=Slipstream/CN=stranger"\n0b\n20\n'
    )
    assert ask(quill_path, nobody, f'`:tcps://localhost:{lenient.port} "`CERT in key .z.e"') == "0b\n"
    present = serve(settings | {"SSL_VERIFY_CLIENT": "IFPRESENT"}, "-E", "2")
    assert ask(quill_path, nobody, f'`:tcps://localhost:{present.port} "6*7"') == "42\n"
    assert "'conn. OS reports: received fatal alert" in ask(
        quill_path, stranger, f"hopen`:tcps://localhost:{present.port}"
    )


def test_a_plain_client_is_refused_where_only_tls_is_spoken(
    quill_path: Path, serve: Serve, authority: Authority
) -> None:
    served = serve(authority.issue("localhost"), "-E", "2")
    assert "'" in ask(quill_path, {}, f"hopen`::{served.port}")
    with socket.create_connection(("127.0.0.1", served.port)) as plain:
        plain.settimeout(20)
        plain.sendall(b"u:p\x03\x00")
        assert plain.recv(1) == b""
    logged(served, "only TLS is spoken at this port")
    assert ask(quill_path, authority.issue("client"), f'`:tcps://localhost:{served.port} "6*7"') == "42\n"
    assert ask(quill_path, authority.issue("client"), f'`:unixs://{served.port} "6*7"') == "42\n"


def test_a_tls_client_is_refused_where_it_is_not_spoken(quill_path: Path, serve: Serve, authority: Authority) -> None:
    served = serve({})
    assert "'conn. OS reports" in ask(quill_path, authority.issue("client"), f"hopen`:tcps://localhost:{served.port}")
    assert ask(quill_path, {}, f'`::{served.port} "6*7"') == "42\n"


def test_a_handshake_that_breaks_leaves_the_server_serving(
    quill_path: Path, serve: Serve, authority: Authority
) -> None:
    served = serve(authority.issue("localhost"), "-E", "2")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = ssl.create_default_context(cafile=authority.file).wrap_bio(
        incoming, outgoing, server_hostname="localhost"
    )
    with pytest.raises(ssl.SSLWantReadError):
        session.do_handshake()
    hello = outgoing.read()
    waiting = []
    for cut in (1, 5, len(hello) // 2, len(hello)):
        for keep in (False, True):
            caller = socket.create_connection(("127.0.0.1", served.port))
            caller.sendall(hello[:cut])
            if keep:
                waiting.append(caller)
            else:
                caller.close()
    with socket.create_connection(("127.0.0.1", served.port)) as caller:
        caller.settimeout(20)
        caller.sendall(b"\x16\x03\x01\x00\x05nonsense")
        while caller.recv(1024):
            pass
    logged(served, "'tls handle")
    # a client process killed within the handshake: it stops at a server that never answers
    with socket.create_server(("127.0.0.1", 0)) as silent:
        child = subprocess.Popen(
            [quill_path, "-q"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=environment(authority.issue("client")),
        )
        assert child.stdin
        child.stdin.write(f"hopen`:tcps://127.0.0.1:{silent.getsockname()[1]}\n".encode())
        child.stdin.flush()
        peer, _ = silent.accept()
        relay = socket.create_connection(("127.0.0.1", served.port))
        relay.sendall(peer.recv(65536))
        assert relay.recv(65536)[:1] == b"\x16"
        child.kill()
        child.wait()
        child.stdin.close()
        peer.close()
        relay.close()
    assert ask(quill_path, authority.issue("client"), f'`:tcps://localhost:{served.port} "6*7"') == "42\n"
    for caller in waiting:
        caller.close()


def test_the_timeout_of_hopen_holds_in_the_handshake(quill_path: Path, authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = ask(quill_path, authority.issue("client"), f"hopen(`:tcps://127.0.0.1:{silent.getsockname()[1]};100)")
    assert "'timeout" in answer


def test_https_and_websockets(quill_path: Path, serve: Serve, authority: Authority) -> None:
    served = serve(authority.issue("localhost"), "-E", "1")
    url = f"https://localhost:{served.port}/?6*7"
    settings = authority.issue("client")
    assert "42" in ask(quill_path, settings, f'.Q.hg`$":{url}"')
    assert "invalid peer certificate" in ask(
        quill_path, {"SSL_CA_CERT_FILE": settings["SSL_CERT_FILE"]}, f'.Q.hg`$":{url}"'
    )
    raw = f'(`$":https://localhost:{served.port}")"GET /?6*7 HTTP/1.0\\r\\n\\r\\n"'
    assert "HTTP/1.1 200 OK" in ask(quill_path, settings, raw)
    opened = f'r:(`$":wss://localhost:{served.port}")"GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n"'
    assert ask(quill_path, settings, opened, "(r[0]>0;12#r 1)", "hclose r 0") == '1b\n"HTTP/1.1 101"\n'


def test_settings_are_shown_and_checked(quill_path: Path, authority: Authority) -> None:
    settings = authority.issue("client")
    names = "SSLEAY_VERSION SSL_CERT_FILE SSL_CA_CERT_FILE SSL_CA_CERT_PATH SSL_KEY_FILE SSL_CIPHER_LIST SSL_VERIFY_CLIENT SSL_VERIFY_SERVER"
    shown = ask(
        quill_path,
        settings,
        "s:(-26!)[]",
        '-1" "sv string key s;',
        "s`SSL_VERIFY_CLIENT`SSL_VERIFY_SERVER",
        "string s`SSL_KEY_FILE",
    )
    assert shown.splitlines() == [names, "`NO`YES", f'"{settings["SSL_KEY_FILE"]}"']
    for wrong, said in (
        ({"SSL_CERT_FILE": "/no/such/file"}, "/no/such/file. OS reports: No such file or directory"),
        ({"SSL_KEY_FILE": authority.issue("another")["SSL_KEY_FILE"]}, "not the key of"),
        ({"SSL_VERIFY_CLIENT": "MAYBE"}, "SSL_VERIFY_CLIENT"),
        ({"SSL_CIPHER_LIST": "NULL-MD5"}, "SSL_CIPHER_LIST: no cipher match"),
        ({"SSL_MAXPROTOCOL": "TLSv1.1"}, "SSL_MAXPROTOCOL"),
    ):
        done = subprocess.run(
            [quill_path, "-E", "1"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False, env=environment(settings | wrong)
        )  # fmt: skip
        assert done.returncode == 1 and said in done.stderr.decode(), done.stderr


def test_ciphers_and_protocols_are_as_the_environment_says(
    quill_path: Path, serve: Serve, authority: Authority
) -> None:
    limits = {
        "SSL_MAXPROTOCOL": "TLSv1.2",
        "SSL_CIPHER_LIST": "ALL:!ECDHE-ECDSA-AES256-GCM-SHA384:!ECDHE-ECDSA-CHACHA20-POLY1305",
    }
    served = serve(authority.issue("localhost") | limits, "-E", "2")
    answer = ask(quill_path, authority.issue("client"), f'`:tcps://localhost:{served.port} ".z.e`CIPHER`PROTOCOL"')
    assert answer == "`ECDHE-ECDSA-AES128-GCM-SHA256`TLSv1.2\n"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_certificates_as_the_documentation_makes_them(quill_path: Path, serve: Serve, tmp_path: Path) -> None:
    """kb/ssl.md's script: RSA keys, and certificates without extensions (version 1 by older OpenSSL)."""

    def openssl(args: str) -> None:
        subprocess.run(["openssl", *args.split()], cwd=tmp_path, check=True, capture_output=True, timeout=60)

    openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -sha256 -days 9 -out ca.pem -subj /CN=CA")
    for who in ("server", "client"):
        openssl(f"req -new -newkey rsa:2048 -nodes -keyout {who}.key -subj /C=US/CN=Foobar -out {who}.csr")
        openssl(f"x509 -req -in {who}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out {who}.pem -days 9")

    def settings(who: str) -> dict[str, str]:
        files = {"SSL_CERT_FILE": f"{who}.pem", "SSL_KEY_FILE": f"{who}.key", "SSL_CA_CERT_FILE": "ca.pem"}
        return {k: str(tmp_path / v) for k, v in files.items()}

    served = serve(settings("server") | {"SSL_VERIFY_CLIENT": "YES"}, "-E", "2")
    answer = ask(quill_path, settings("client"), f'`:tcps://localhost:{served.port} ".z.e[`CERT]`SUBJECT`VERIFIED"')
    assert answer == '"/C=US/CN=Foobar"\n1b\n'
    # the same names and serial numbers, by another authority's key
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout x.key -sha256 -days 9 -out ca.pem -subj /CN=CA")
    answer = ask(quill_path, settings("client"), f"hopen`:tcps://localhost:{served.port}")
    assert "'conn. OS reports: invalid peer certificate: BadSignature" in answer
