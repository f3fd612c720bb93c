"""
NASDAQ TotalView-ITCH 5.0, live and from files by the same parser.

`codec` holds the messages, `framing` finds them in bytes, `book` keeps orders, `parser` makes rows of both; `files`, `mold` and
`soup` bring the bytes, `serve` sends them as a venue would, `encode` makes them of rows.
"""
