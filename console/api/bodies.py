"""Bodies of any length: received to disk while their signature is computed, then read line by line.

A stream may be longer than memory, so it lies in a nameless file (gone with the process) until the sender is known to be genuine.
Decompression is bounded while it runs: from one event's worth of bytes on, a body may unpack to so many times what was sent and no more,
blank lines included. A bomb is refused there, never unpacked first.
"""

from __future__ import annotations

import mmap
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Protocol

import zstandard
from django.conf import settings
from django.http import HttpRequest
from django.http.request import UnreadablePostError

CHUNK = 256 * 1024
SMALL = 4 * CHUNK
SIP = 1024
GZIP = 31
MAX_WINDOW = 8 * 1024 * 1024


class TooLarge(Exception):
    """More bytes than are taken, as sent or unpacked, or more events; says how many may be."""


class NoLength(Exception):
    """A body came whose length was not declared, through a server that does not say where it ends."""


class Unreadable(Exception):
    """The body was cut off, or is not what its encoding says."""


class Digest(Protocol):
    """A hash or MAC that is fed while a body comes in."""

    def update(self, data: bytes, /) -> None:
        """Feed the next bytes."""

    def digest(self) -> bytes:
        """Return what all bytes came to."""


@dataclass(slots=True)
class Received:
    """A body as it was sent: where it lies behind what is signed with it, how long it is, and what each digest made of it."""

    file: IO[bytes]
    size: int
    digests: list[bytes]
    lead: int = 0

    @contextmanager
    def in_one_piece(self) -> Iterator[bytes | memoryview]:
        """Lend lead and body as one buffer, for signatures that cannot be computed piece by piece; a long one stays on disk."""
        descriptor = self.file.fileno() if self.size > SMALL else None  # fileno() moves a spooled file to disk
        self.file.flush()
        self.file.seek(0)
        if descriptor is None:
            yield self.file.read()
        else:
            with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
                yield view
        self.file.seek(self.lead)


def receive(request: HttpRequest, limit: int, digests: Sequence[Digest], *, lead: bytes = b"") -> Received:
    """Read a request's body to a nameless file, behind a lead, and feed every digest; raises TooLarge, or Unreadable if cut off."""
    file = tempfile.SpooledTemporaryFile(max_size=SMALL)  # noqa: SIM115  # closed by who reads it
    try:
        file.write(lead)
        size = _copy(request, file, limit, digests)
    except BaseException:
        file.close()
        raise
    file.seek(len(lead))
    return Received(file, size, [one.digest() for one in digests], len(lead))


def _copy(request: HttpRequest, file: IO[bytes], limit: int, digests: Sequence[Digest]) -> int:
    size = 0
    while chunk := _read(request):
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The body may have {limit} bytes at most.")
        file.write(chunk)
        for one in digests:
            one.update(chunk)
    if size < int(request.META.get("CONTENT_LENGTH") or 0):
        raise Unreadable
    return size


def _read(request: HttpRequest) -> bytes:
    try:
        return request.read(CHUNK)
    except UnreadablePostError as error:
        raise Unreadable from error


def unpacked(received: Received, encoding: str) -> Iterator[bytes]:
    """Yield the body in pieces, decompressed, and let its file go; raises Unreadable for a body that is not so encoded, or TooLarge."""
    most, size = max(settings.EVENT_MAX_UNPACKED, received.size * settings.STREAM_MAX_RATIO), 0
    with received.file as file:
        for piece in _pieces(file, encoding):
            size += len(piece)
            if size > most:
                raise TooLarge(f"The body unpacks to more than {settings.STREAM_MAX_RATIO} times what was sent.")
            yield piece


def _pieces(file: IO[bytes], encoding: str) -> Iterator[bytes]:
    match encoding:
        case "gzip":
            return _gunzip(file)
        case "zstd":
            return _unzstd(file)
    return iter(lambda: file.read(CHUNK), b"")


ENCODINGS = frozenset({"", "identity", "gzip", "zstd"})


def _gunzip(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a gzip body, member by member, each piece at most a chunk."""
    machine, pending = zlib.decompressobj(wbits=GZIP), b""
    try:
        while packed := pending or file.read(CHUNK):
            if machine.eof:  # another member follows
                machine = zlib.decompressobj(wbits=GZIP)
            yield machine.decompress(packed, CHUNK)
            pending = machine.unconsumed_tail or machine.unused_data
    except zlib.error as error:
        raise Unreadable from error
    if not machine.eof:
        raise Unreadable


def _unzstd(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a zstd body, frame by frame; sips, because a bomb unpacks each sip to some megabytes at most."""
    factory = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
    machine, pending = factory.decompressobj(), b""
    try:
        while packed := pending or file.read(SIP):
            if machine.eof:  # another frame follows
                machine = factory.decompressobj()
            yield machine.decompress(packed)
            pending = machine.unused_data
    except zstandard.ZstdError as error:
        raise Unreadable from error
    if not machine.eof:
        raise Unreadable


def lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines of a body, blank ones left out; of one that is longer than an event may be, so much that it shows, and no more."""
    most = settings.EVENT_MAX_UNPACKED + 1
    rest = bytearray()
    for piece in pieces:
        *ended, last = piece.split(b"\n")
        if ended:
            rest += ended[0][: most - len(rest)]
            yield from (line for line in (bytes(rest), *(line[:most] for line in ended[1:])) if line.strip())
            rest = bytearray()
        rest += last[: most - len(rest)]
    if rest.strip():
        yield bytes(rest)


def whole(pieces: Iterator[bytes], limit: int) -> bytes:
    """Return a body in one piece; raises TooLarge as soon as it is beyond the limit."""
    parts, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise TooLarge(f"The body may have {limit} bytes at most when unpacked.")
        parts.append(piece)
    return b"".join(parts)
