"""`.Q.hdpf`: tables of one process to a partition, and the word to another to map it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from slipstream.engine.client import Client


def test_tables_are_saved_emptied_and_mapped_by_the_other(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    db = tmp_path / "db"
    db.mkdir()
    hdb, rdb = start_quill(str(db)), start_quill()
    with Client("127.0.0.1", rdb.port) as q, Client("127.0.0.1", hdb.port) as history:
        q.value("t:([]sym:`g#`b`a`b;x:1 2 3);u:([]y:10 20f;sym:`c`a)")
        q.query(f'.Q.hdpf[`$":127.0.0.1:{hdb.port}";hsym`$"{db}";2024.01.02;`sym]')
        assert q.value("(count t;count u;cols t;cols u)~(0;0;`sym`x;`y`sym)")
        assert history.value("(value exec sym from t)~`a`b`b")
        assert history.value("(exec x from t where date=2024.01.02)~2 1 3")
        # the field comes second, after the partition's, and is parted
        assert history.value("(cols u;exec first a from meta u where c=`sym)~(`date`sym`y;`p)")
        assert history.value("exec y from u where sym=`a").to_pylist() == [20.0]
