"""The container of a bundle, written piece by piece: the one ZIP that `verify_bundle.read_zip` accepts for these members.

Members are bytes, or files that were staged on disk and are read in pieces, so that memory does not grow with them.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping

from moderation.exports.staging import Staged
from moderation.exports.verify_bundle import CENTRAL, DOS_DATE, END, LIMIT, LOCAL

Member = bytes | Staged


class TooLarge(ValueError):
    """The bundle would pass what its container can name."""


def parts(members: Mapping[str, Member]) -> Iterator[bytes]:
    """Yield the bytes of the bundle; raises TooLarge from 4 GiB on."""
    directory, at = [], 0
    for name, member in members.items():
        raw = name.encode("ascii")
        size, crc = facts(member)
        fields = (0, 0, DOS_DATE, crc, size, size, len(raw), 0)
        directory.append(CENTRAL.pack(b"PK\x01\x02", 20, 20, 0, *fields, 0, 0, 0, 0, at) + raw)
        at += LOCAL.size + len(raw) + size
        if at >= LIMIT:
            raise TooLarge("a bundle stays under 4 GiB: ask for less time")
        yield LOCAL.pack(b"PK\x03\x04", 20, 0, *fields) + raw
        yield from (member.pieces() if isinstance(member, Staged) else (member,))
    ends = b"".join(directory)
    yield ends + END.pack(b"PK\x05\x06", 0, 0, len(directory), len(directory), len(ends), at, 0)


def facts(member: Member) -> tuple[int, int]:
    """Return size and checksum of a member."""
    return (member.size, member.crc) if isinstance(member, Staged) else (len(member), zlib.crc32(member))


def listed(member: Member) -> dict[str, str | int]:
    """Return what the manifest says of a member."""
    sha256 = member.sha256 if isinstance(member, Staged) else hashlib.sha256(member).hexdigest()
    return {"sha256": sha256, "size": facts(member)[0]}
