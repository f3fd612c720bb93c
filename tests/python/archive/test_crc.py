"""Checksums of columns are zlib's CRC-32, whatever the way that they are computed."""

import zlib

import numpy as np
import pyarrow as pa
import pytest

from slipstream.archive.table import checksum
from slipstream_native import crc32, crc32_repeated

RNG = np.random.default_rng(11)
BODY = RNG.integers(0, 256, 200_000, dtype=np.uint8)


def test_random_slices_from_random_starts():
    for _ in range(300):
        a, b = sorted(RNG.integers(0, len(BODY), 2).tolist())
        start = int(RNG.integers(0, 1 << 32))
        some = BODY[a:b]
        assert crc32(some.data, start) == zlib.crc32(some.data, start)
        assert crc32(some.tobytes()) == zlib.crc32(some)


def test_pieces_follow_one_another():
    crc = 0
    for piece in np.array_split(BODY, [0, 1, 16_383, 16_384, 16_385, 100_000]):
        crc = crc32(np.ascontiguousarray(piece).data, crc)
    assert crc == zlib.crc32(BODY)


def test_repeated_as_if_spelled_out():
    for _ in range(300):
        unit = BODY[: int(RNG.integers(0, 20))].tobytes()
        times, start = int(RNG.integers(0, 5000)), int(RNG.integers(0, 1 << 32))
        assert crc32_repeated(unit, times, start) == zlib.crc32(unit * times, start)


@pytest.mark.parametrize("data", [BODY[::2].data, np.arange(4).data, np.arange(4, dtype=np.int8).data])
def test_other_buffers_are_refused(data):
    """Bytes with gaps, whole numbers of eight bytes, signed bytes."""
    with pytest.raises((BufferError, ValueError)):
        crc32(data)


@pytest.mark.parametrize("rows", [1, 15, 16, 400])
def test_words_in_runs_and_one_by_one(rows):
    """Runs below and above the length from which a column is told by them: validity, lengths, letters, as the layout says."""
    words = [w for w in ("ETH", "", "ÄÖ", "BTC") for _ in range(rows)]
    spelled = [w.encode() for w in words]
    body = b"\1" * len(words) + b"".join(len(w).to_bytes(8, "little") for w in spelled) + b"".join(spelled)
    assert checksum(pa.array(words).dictionary_encode()) == f"{zlib.crc32(body):08x}"
