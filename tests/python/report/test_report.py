"""The report of INST: figures by hand (tests/q/test_inst.q), the three forms, the lake, and who is sent it."""

import io
import json
import smtplib
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from slipstream import report
from slipstream.config import load_config
from slipstream.errors import ScorecardError
from slipstream.report import charts, content, html, job, pdf
from slipstream.tca.batch import compute

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "tca"
DAY = date(2024, 1, 2)
NOON = np.datetime64("2024-01-02T12:00", "ns")


@pytest.fixture(scope="module")
def tables():
    """What `.api.report` answers for the case, from files."""
    found = compute(
        EXAMPLES / "quotes.csv", EXAMPLES / "orders.csv", EXAMPLES / "fills.csv",
        asof=np.datetime64("2024-01-02T14:30:00.2", "ns"), engine="quill",
    )  # fmt: skip
    alerts = {
        "time": pa.array([NOON, NOON], pa.timestamp("ns")),
        "acted": pa.array([NOON + np.timedelta64(90, "s"), None], pa.timestamp("ns")),
        "parent": ["P1", "P1"], "lamp": ["COST", "LEAK"], "level": ["amber", "amber"], "state": ["acked", "open"], "who": ["kim", None],
        "figure": [2.5, 0.4], "threshold": [2.0, 0.2], "why": ["slippage", "the mid moves"],
    }  # fmt: skip
    more = {
        "alerts": pa.table(alerts),
        "live": found.tables["parents"],
        "dq": pa.table({"kind": ["skew"], "n": [3]}),
        "changes": pa.table({"kind": ["bust"], "n": [1]}),
        "catalogue": found.catalogue,
    }
    return {**found.tables, **more}


@pytest.fixture
def day(tables):
    return content.Day(DAY, "all", tables, "version 0")


def test_the_summary_adds_up_currency(day):
    found = content.summary(day)
    assert found["is_cost"] == pytest.approx(4800.0)
    assert found["is_bps"] == pytest.approx(4.79952, abs=1e-5)
    assert found["notional"] == pytest.approx(5_000 * (100.035 + 100.045))
    assert (found["alerts"], found["acked"], found["ack_minutes_median"]) == (2, 1, 1.5)
    assert found["data_issues"] == 3
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_sum_with_an_unknown_part_is_unknown(day, tables):
    parents = tables["parents"]
    holes = parents.set_column(
        parents.column_names.index("is_cost"), "is_cost", pa.nulls(parents.num_rows, pa.float64())
    )
    found = content.summary(content.Day(DAY, "all", {**tables, "parents": holes}, ""))
    assert found["is_cost"] is None
    assert found["is_bps"] is None


def test_html_has_every_part_and_fetches_nothing(day):
    page = html.render(content.document(day))
    for text in (
        "Worst five",
        "+4,800",
        "+3,600",
        "Shortfall",
        "Leakage",
        "By venue",
        "Switches",
        "As it was live",
        "Definitions",
        "implementation shortfall",
    ):
        assert text in page, text
    assert "http" not in page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "<script" not in page


def test_what_comes_from_messages_is_text_in_html(day, tables):
    alerts = tables["alerts"].set_column(
        tables["alerts"].column_names.index("why"), "why", pa.array(["<script>x</script>"] * 2)
    )
    page = html.render(content.document(content.Day(DAY, "all", {**tables, "alerts": alerts}, "")))
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_pdf_has_pages_and_survives_letters_it_lacks(day):
    paper = pdf.render(content.document(day))
    assert paper.startswith(b"%PDF-")
    assert paper.count(b"/Type /Page\n") >= 7, "each part begins a page"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"few": True, "padj": 0.001, "vsrest": 2.0}, "n<30"),
        ({"few": False, "padj": 0.2, "vsrest": 2.0}, ""),
        ({"few": False, "padj": None, "vsrest": None}, ""),
        ({"few": False, "padj": 0.01, "vsrest": 2.0}, "dearer"),
        ({"few": False, "padj": 0.01, "vsrest": -2.0}, "cheaper"),
    ],
)
def test_buckets_are_ranked_only_where_they_differ(row, said):
    assert content.verdict(row) == said


def test_the_waterfall_ends_at_the_total():
    drawn = charts.waterfall([("delay", 1000.0), ("timing", -150.0)], "currency")
    assert drawn.startswith("<svg")
    assert [text for text in ("+1,000", "-150", "+850") if text not in drawn] == []


class Plant:
    """Answers `.api.report` from tables."""

    def __init__(self, tables):
        self.tables, self.asked = tables, None

    def __call__(self, _config):
        return self

    def connect(self):
        return self

    def call(self, name, *args):
        self.asked = (name, *args)
        return {"asof": NOON, **self.tables}

    def close(self):
        pass


class Server:
    """An SMTP server that keeps what it is sent."""

    kept: list = []  # noqa: RUF012

    def __init__(self, *_args, **_more):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def send_message(self, mail):
        self.kept.append(mail)
        return {}


def test_a_day_is_written_put_into_the_lake_and_sent(tables, tmp_path, monkeypatch):
    monkeypatch.setattr("slipstream.scorecard.plant.Study", plant := Plant(tables))
    monkeypatch.setattr(smtplib, "SMTP", Server)
    recipient = {"kind": "email", "server": "mail.example", "sender": "plant@desk.example", "to": ["head@desk.example"]}
    overrides = {"var": str(tmp_path), "report.to": ["head"], "alerts.recipients": {"head": recipient}}
    made = report.run(load_config(overrides=overrides), DAY)
    assert plant.asked[0] == ".api.report"
    folder = tmp_path / "reports" / "2024-01-02" / "all"
    assert {f.name for f in folder.iterdir()} >= {
        "report.html",
        "report.pdf",
        "summary.json",
        "parents.parquet",
        "breakdown.parquet",
    }
    kept = pa.parquet.read_table(tmp_path / "lake" / "reports" / "parents", filters=[("desk", "=", "all")])
    assert kept.column("is_cost").to_pylist() == pytest.approx([4800.0])
    assert {str(v) for v in kept.column("date").to_pylist()} == {"2024-01-02"}
    (mail,) = Server.kept
    assert "shortfall +4,800 (+4.80 bps)" in mail["Subject"]
    attached = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert attached["execution-2024-01-02-all.pdf"].startswith(b"%PDF-")
    assert io.BytesIO(attached["execution-2024-01-02-all.pdf"]).read() == (folder / "report.pdf").read_bytes()
    assert made.sent == ("head",)


def test_a_desk_is_its_traders_and_accounts(tables, tmp_path, monkeypatch):
    from slipstream.api.store import Store

    config = load_config(overrides={"var": str(tmp_path)})
    store = Store(config.api_dir)
    store.set_desk("cash", traders=["KIM"], accounts=["GROWTH"])
    store.close()
    monkeypatch.setattr("slipstream.scorecard.plant.Study", plant := Plant(tables))
    report.run(config, DAY, desk="cash", lake=False)
    assert plant.asked[2:] == (["KIM"], ["GROWTH"])
    with pytest.raises(ScorecardError, match="no desk options"):
        report.run(config, DAY, desk="options")


def test_a_day_without_orders_is_said(tables, tmp_path, monkeypatch):
    empty = {**tables, "parents": tables["parents"].slice(0, 0)}
    monkeypatch.setattr("slipstream.scorecard.plant.Study", Plant(empty))
    with pytest.raises(ScorecardError, match="2024-01-02: no parent orders"):
        job.run(load_config(overrides={"var": str(tmp_path)}), DAY)
