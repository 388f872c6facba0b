"""Random bytes of the operating system, fetched many at a time.

An event of a batch needs twenty small tokens, and each question to the system lets another thread of the process take over in its midst.
A piece is given out once: taking one off a list is a single step for the interpreter, whichever thread or signal comes between, and a child
process begins with none of its parent's.
"""

from __future__ import annotations

import os
from uuid import UUID

PIECE = 16
BLOCK = 256 * PIECE
LAST_OF_64, LAST_OF_16 = 0x3FFF_FFFF_FFFF_FFFF, 0x0FFF
RANDOM_UUID, VARIANT = 4 << 76, 0b10 << 62

_pieces: list[bytes] = []
os.register_at_fork(after_in_child=_pieces.clear)


def token_bytes(size: int) -> bytes:
    """Return so many random bytes, fit for keys and nonces, as `secrets.token_bytes` does."""
    if size > PIECE:
        return token_bytes(PIECE) + token_bytes(size - PIECE)
    return _piece()[:size]


def uuid4() -> UUID:
    """Return a random UUID (RFC 9562, version 4), as `uuid.uuid4` does."""
    bits = int.from_bytes(_piece())
    head, low = bits >> 64, bits & LAST_OF_64
    return UUID(int=(head & ~0xFFFF | head & LAST_OF_16) << 64 | RANDOM_UUID | VARIANT | low)


def _piece() -> bytes:
    try:
        return _pieces.pop()
    except IndexError:
        block = os.urandom(BLOCK)
        first, *others = (block[at : at + PIECE] for at in range(0, BLOCK, PIECE))
        _pieces.extend(others)
        return first
