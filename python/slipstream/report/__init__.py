"""The desk head's end-of-day report: HTML, PDF and Parquet of one day (docs/report.md)."""

from slipstream.report.job import Result, run

__all__ = ["Result", "run"]
