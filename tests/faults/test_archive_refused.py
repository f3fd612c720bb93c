"""The archive against an S3 server that refuses each of its calls in turn, by each of several ways."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from archive import qbytes

from slipstream.archive import Lake, archive_day, read_manifest, verify_day
from slipstream.errors import ArchiveError
from slipstream.faults.stores import BUCKET, WAYS, Refusing, refusing

DAY = date(2024, 8, 8)
START = 776_304_000_000_000_000  # 2024.08.08 in ns since 2000.01.01
POINTS = 6


def hdb() -> qbytes.Hdb:
    times = [START + i for i in range(120)]
    return qbytes.Hdb(
        DAY,
        {
            "trade": {"time": ("p", times), "sym": ("s", ["A"] * 60 + ["B"] * 60), "seq": ("j", list(range(120)))},
            "quote": {"time": ("p", times[:3]), "sym": ("s", ["A"] * 3), "bid": ("f", [1.0, 2.0, 3.0])},
        },
    )


@pytest.fixture(scope="module")
def server() -> Iterator[Refusing]:
    with refusing() as made:
        assert made is not None, "moto is a dependency of the tests"
        yield made


def archive(lake: Lake) -> dict[str, int]:
    return archive_day(hdb(), lake, DAY, chunk_rows=50, part_rows=50).rows


@pytest.mark.slow
def test_whichever_call_is_refused_the_lake_is_never_partial(server: Refusing) -> None:
    clean = Lake(f"s3://{BUCKET}/clean", endpoint=server.url)
    before = server.calls
    assert archive(clean) == {"trade": 120, "quote": 3}
    calls = server.calls - before
    assert calls > POINTS
    refused = 0
    for point in range(POINTS):
        lake = Lake(f"s3://{BUCKET}/point{point}", endpoint=server.url)
        server.refuse(point * calls // POINTS, 40, WAYS[point % len(WAYS)])
        with pytest.raises(ArchiveError, match=r"s3://|read back differs"):
            archive(lake)
        refused += 1
        server.refuse(0, 0, "500")
        direct = Lake(f"s3://{BUCKET}/point{point}", endpoint=server.direct)
        if read_manifest(direct, DAY) is not None:
            assert verify_day(direct, DAY).ok
        assert archive(lake) == {"trade": 120, "quote": 3}
        assert verify_day(direct, DAY).ok
        assert not direct.exists("_aside/date=2024-08-08")
    assert refused == POINTS
