"""The research client against a server on a socket: every frame, token and key, problems as errors; the notebook; client certificates."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from memplant import ROOT

import slipstream
from api.conftest import Plant, Served, listening
from slipstream.api import tls
from slipstream.config import load_config
from slipstream.errors import ApiError, ConfigError

DAY = "2024-01-02"


@pytest.fixture(scope="module")
def url(served: Served) -> Iterator[str]:
    with listening(served.http.app) as port:
        yield f"http://127.0.0.1:{port}"


def test_the_same_rows_in_every_frame(served: Served, url: str) -> None:
    with slipstream.connect(url, key=served.keys["ann"], frames="arrow") as arrow:
        table = arrow.fills("P1", DAY)
        assert isinstance(table, pa.Table) and table.column("execid").to_pylist() == ["F1"]
        assert arrow.parents(dt.date(2024, 1, 2)).column("parent").to_pylist() == ["P1"]
        assert arrow.breakdown("trader", DAY).column("bucket").to_pylist() == ["T1"]
        assert arrow.drift("P1", DAY, anchor="fill", tau_s=1.0).column("mean_bps").to_pylist() == [0.5]
        assert arrow.children("P1", DAY).column("id").to_pylist()[:2] == ["P1", "C1"]
        assert arrow.health()["status"] in ("live", "stale")
        assert arrow.report(DAY)["parents"][0]["parent"] == "P1"
        earlier = arrow.scorecard("P1", DAY, asof=dt.datetime(2024, 1, 2, 14, 30, 21))
        row = dict(zip(earlier.column("name").to_pylist(), earlier.to_pylist(), strict=True))["slippage_bps"]
        assert (row["value"], row["ci_lo"], row["unit"]) == (1.2, 1.0, "bps")
    with slipstream.connect(url, key=served.keys["ann"], frames="pandas") as pandas:
        frame = pandas.fills("P1", DAY)
        assert frame["price"].tolist() == [100.025] and str(frame["time"].iloc[0]) == "2024-01-02 14:30:11"
    polars = pytest.importorskip("polars")
    with slipstream.connect(url, key=served.keys["ann"], frames="polars") as plant:
        found = plant.fills("P1", DAY)
        assert isinstance(found, polars.DataFrame) and found["qty"].to_list() == [100.0]


def test_a_token_and_what_is_refused(served: Served, plant: Plant, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, secret = plant.store.add_client("lab", "quant")
    plant.store.allow("lab", "trader", "T2")
    with slipstream.connect(url, client=("lab", secret)) as lab:
        assert lab.parents(DAY).column("parent").to_pylist() == ["P2"]
        with pytest.raises(ApiError) as refused:
            lab.fills("P1", DAY)
        assert (refused.value.status, len(refused.value.request)) == (404, 16)
        with pytest.raises(ApiError, match="act:switch"):
            lab.act("P2", "passive", "because")
    with slipstream.connect(url, key="slip_x_y") as nobody, pytest.raises(ApiError) as error:
        nobody.parents(DAY)
    assert error.value.status == 401
    monkeypatch.setenv("SLIPSTREAM_KEY", served.keys["bob"])
    with slipstream.connect(url) as bob:
        assert bob.parents(DAY).column("parent").to_pylist() == ["P2"]
    with slipstream.connect("http://127.0.0.1:1", key="x") as gone, pytest.raises(ApiError) as lost:
        gone.health()
    assert lost.value.status == 0


def test_the_notebook_runs(served: Served, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    pytest.importorskip("polars")
    notebook = nbformat.read(ROOT / "docs" / "research.ipynb", as_version=4)
    monkeypatch.setenv("SLIPSTREAM_URL", url)
    monkeypatch.setenv("SLIPSTREAM_KEY", served.keys["boss"])
    monkeypatch.setenv("SLIPSTREAM_DAY", DAY)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "python"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = str([output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs])
    assert "P1" in shown and "arrival_time" in shown
    assert all(
        cell.outputs == []
        for cell in nbformat.read(ROOT / "docs" / "research.ipynb", as_version=4).cells
        if cell.cell_type == "code"
    )


def test_a_client_certificate_is_a_credential(served: Served, plant: Plant, tmp_path: Path) -> None:
    """Of a CA that the server trusts, and of a client that is known; a certificate of another CA does not get as far as the API."""
    pytest.importorskip("cryptography")
    ca, other = Authority(tmp_path, "ca"), Authority(tmp_path, "other")
    server, known, unknown, foreign = (
        ca.issue("127.0.0.1"),
        ca.issue("desk-box"),
        ca.issue("stranger"),
        other.issue("desk-box"),
    )
    plant.store.add_client("box", "quant", fingerprint=known.fingerprint)
    plant.store.allow("box", "trader", "T1")
    config = load_config(
        overrides={"api.certificate": str(server.file), "api.key": str(server.key), "api.client_ca": str(ca.file)}
    )
    with listening(served.http.app, **tls.options(config)) as port:
        url = f"https://127.0.0.1:{port}"

        def parents(certificate: Any = None, **options: Any) -> list[str]:
            pair = None if certificate is None else (str(certificate.file), str(certificate.key))
            with slipstream.connect(url, certificate=pair, verify=str(ca.file), **options) as plant:
                return [str(p) for p in plant.parents(DAY).column("parent").to_pylist()]

        assert parents(known) == ["P1"]
        assert parents(None, key=served.keys["bob"]) == ["P2"]
        for certificate, status in ((unknown, 401), (None, 401), (foreign, 0)):
            with pytest.raises(ApiError) as refused:
                parents(certificate)
            assert refused.value.status == status, refused.value
        socket = _stream(port, ssl_context(ca, known))
        assert {row["row"]["parent"] for row in socket["rows"]} == {"P1"}
    with pytest.raises(ConfigError, match=r"api\.certificate"):
        tls.options(load_config(overrides={"api.client_ca": "ca.pem"}))


def _stream(port: int, context: ssl.SSLContext) -> Any:
    import json

    from websockets.sync.client import connect

    with connect(f"wss://127.0.0.1:{port}/v1/stream", ssl=context) as socket:
        socket.send(json.dumps({"type": "subscribe", "topics": ["scorecard"]}))
        return json.loads(socket.recv(timeout=20))


def ssl_context(ca: Authority, certificate: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ca.file))
    context.load_cert_chain(str(certificate.file), str(certificate.key))
    return context


class Issued:
    """A certificate, its key, and its fingerprint."""

    def __init__(self, file: Path, key: Path, fingerprint: str) -> None:
        self.file, self.key, self.fingerprint = file, key, fingerprint


class Authority:
    """A certificate authority that writes what it issues to a folder."""

    def __init__(self, folder: Path, common: str) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        self.folder, self.common, self._key = folder, common, ec.generate_private_key(ec.SECP256R1())
        self._number = 0
        self.file = self._write(self._made(common, self._key.public_key(), ca=True), None).file

    def issue(self, common: str) -> Issued:
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        return self._write(self._made(common, key.public_key(), ca=False), key)

    def _made(self, common: str, public: Any, *, ca: bool) -> Any:
        import ipaddress

        from cryptography import x509
        from cryptography.hazmat.primitives import hashes

        def name(text: str) -> Any:
            return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

        now = dt.datetime.now(dt.UTC)
        made = x509.CertificateBuilder().subject_name(name(common)).issuer_name(name(self.common)).public_key(public)
        made = (
            made.serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
        )
        made = made.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        made = made.add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        made = made.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
        )
        if ca:
            usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
            made = made.add_extension(usage, critical=True)
        return made.sign(self._key, hashes.SHA256())

    def _write(self, certificate: Any, key: Any) -> Issued:
        from cryptography.hazmat.primitives import hashes, serialization

        self._number += 1
        file, secret = (
            self.folder / f"{self.common}-{self._number}.pem",
            self.folder / f"{self.common}-{self._number}.key",
        )
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        if key is not None:
            secret.write_bytes(
                key.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )
        return Issued(file, secret, certificate.fingerprint(hashes.SHA256()).hex())
