"""
The lake: each day of the HDB as verified, typed Parquet, locally or on S3.

`archive_day` writes a day, `verify_day` reads it back against its manifest. `docs/archive.md` describes the
layout.
"""

from slipstream.archive.job import ArchiveResult, TableResult, archive_day
from slipstream.archive.store import Lake
from slipstream.archive.table import arrow_schema, checksums, to_arrow
from slipstream.archive.verify import Verification, read_manifest, verify_day

__all__ = [
    "ArchiveResult",
    "Lake",
    "TableResult",
    "Verification",
    "archive_day",
    "arrow_schema",
    "checksums",
    "read_manifest",
    "to_arrow",
    "verify_day",
]
