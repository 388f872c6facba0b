"""The container of a bundle, written piece by piece: the one ZIP that `verify_bundle.read_zip` accepts for these members.

Members are bytes, files that were staged on disk and are read in pieces, or a run of many that are made one by one, on each pass anew. So
memory grows neither with what is in a bundle nor with how many members it has.
"""

from __future__ import annotations

import hashlib
import heapq
import tempfile
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass

from moderation.exports.staging import Staged
from moderation.exports.verify_bundle import CENTRAL, DOS_DATE, END, LIMIT, LOCAL

PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Run:
    """Many small members in the order of their names; `make` gives the same ones each time."""

    make: Callable[[], Iterator[tuple[str, bytes]]]


Member = bytes | Staged
Members = Mapping[str, Member | Run]
"""Members by name in their order; the name of a run is no member's."""


MOST = 1 << 16
"""A ZIP file counts its members in two bytes."""


class TooLarge(ValueError):
    """The bundle would pass what its container can name."""


def parts(members: Members) -> Generator[bytes]:
    """Yield the bytes of the bundle; raises TooLarge from 4 GiB or 65,536 members on. Whoever may stop early closes it: it holds a file."""
    at, count = 0, 0
    with tempfile.SpooledTemporaryFile(max_size=PIECE) as directory:
        for name, member in each(members):
            raw = name.encode("ascii")
            size, crc = facts(member)
            fields = (0, 0, DOS_DATE, crc, size, size, len(raw), 0)
            directory.write(CENTRAL.pack(b"PK\x01\x02", 20, 20, 0, *fields, 0, 0, 0, 0, at) + raw)
            at, count = at + LOCAL.size + len(raw) + size, count + 1
            if at >= LIMIT or count >= MOST:
                raise TooLarge("a bundle stays under 4 GiB: ask for less time")
            yield LOCAL.pack(b"PK\x03\x04", 20, 0, *fields) + raw
            yield from (member.pieces() if isinstance(member, Staged) else (member,))
        length = directory.tell()
        directory.seek(0)
        while piece := directory.read(PIECE):
            yield piece
    yield END.pack(b"PK\x05\x06", 0, 0, count, count, length, at, 0)


def each(members: Members) -> Iterator[tuple[str, Member]]:
    """Yield every member with its name in the order of the bundle, those of runs among them."""
    for name, member in members.items():
        if isinstance(member, Run):
            yield from member.make()
        else:
            yield name, member


def by_name(members: Members) -> Iterator[tuple[str, Member]]:
    """Yield every member in the order of names, as canonical JSON lists them."""
    runs = [member.make() for member in members.values() if isinstance(member, Run)]
    single = sorted(((name, member) for name, member in members.items() if not isinstance(member, Run)), key=lambda one: one[0])
    yield from heapq.merge(single, *runs, key=lambda one: one[0])


def facts(member: Member) -> tuple[int, int]:
    """Return size and checksum of a member."""
    return (member.size, member.crc) if isinstance(member, Staged) else (len(member), zlib.crc32(member))


def listed(member: Member) -> dict[str, str | int]:
    """Return what the manifest says of a member."""
    sha256 = member.sha256 if isinstance(member, Staged) else hashlib.sha256(member).hexdigest()
    return {"sha256": sha256, "size": facts(member)[0]}
