"""FIX order flow: decoding, the drop copy capture, and a simulated EMS and broker that talk over real
sessions."""

from __future__ import annotations

from slipstream.fix.decode import Decoded, decode
from slipstream.fix.lifecycle import Orders
from slipstream.fix.message import Malformed, Message, parse

__all__ = ["Decoded", "Malformed", "Message", "Orders", "decode", "parse"]
