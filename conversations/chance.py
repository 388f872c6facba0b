"""Random bytes of the operating system, fetched many at a time.

An event of a batch needs twenty small tokens, and each question to the system lets another thread of the process take over in its midst.
A piece is given out once: taking one off a list is a single step for the interpreter, whichever thread or signal comes between, and a child
process begins with none of its parent's.
"""

from __future__ import annotations

import os
from uuid import UUID, SafeUUID

PIECE = 16
BLOCK = 256 * PIECE
VERSION_4 = 4 << 76 | 0b10 << 62
RANDOM = (1 << 128) - 1 ^ (0xF << 76 | 0b11 << 62)

_bare, _set, _UNKNOWN = object.__new__, object.__setattr__, SafeUUID.unknown
_pieces: list[bytes] = []
os.register_at_fork(after_in_child=_pieces.clear)


def token_bytes(size: int) -> bytes:
    """Return so many random bytes, fit for keys and nonces, as `secrets.token_bytes` does."""
    if size > PIECE:
        return token_bytes(PIECE) + token_bytes(size - PIECE)
    return _piece()[:size]


def uuid4() -> UUID:
    """Return a random UUID (RFC 9562, version 4), as `uuid.uuid4` does; made as copying makes one, in half the time."""
    one = _bare(UUID)
    _set(one, "int", int.from_bytes(_piece()) & RANDOM | VERSION_4)
    _set(one, "is_safe", _UNKNOWN)
    return one


def _piece() -> bytes:
    try:
        return _pieces.pop()
    except IndexError:
        block = os.urandom(BLOCK)
        first, *others = (block[at : at + PIECE] for at in range(0, BLOCK, PIECE))
        _pieces.extend(others)
        return first
