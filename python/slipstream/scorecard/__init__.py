"""
The trader's page: what each working order costs against its arrival price, while it works.

`create_app` builds the Dash application on a source of data, `serve` runs it against the plant's gateway.
"""

from slipstream.scorecard.app import create_app, serve
from slipstream.scorecard.data import Feed, Snapshot, State

__all__ = ["Feed", "Snapshot", "State", "create_app", "serve"]
