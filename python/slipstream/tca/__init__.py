"""What the plant's gateway publishes under `.api`, as typed Python values."""

from slipstream.tca.client import Chart, Health, Live, Parent, TcaClient, rows_of

__all__ = ["Chart", "Health", "Live", "Parent", "TcaClient", "rows_of"]
