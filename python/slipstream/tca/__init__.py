"""What the plant's gateway publishes under `.api`, as typed Python values."""

from slipstream.tca.client import Chart, Health, Parent, TcaClient

__all__ = ["Chart", "Health", "Parent", "TcaClient"]
