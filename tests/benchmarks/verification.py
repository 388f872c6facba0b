"""How fast the log is verified, against hashing alone: a leaf for each entry, and one node less, each hashed by OpenSSL as Python calls it."""

from __future__ import annotations

import hashlib

from tests.benchmarks.harness import Row, Size, interleave, ratios, stopwatch
from tests.benchmarks.stage import Stage

BATCH = 5000


def measure(stage: Stage, size: Size) -> list[Row]:
    """Return entries verified a second: rows, tree, every checkpoint."""
    from moderation.audit.log import verify_log  # noqa: PLC0415  # the runner sets Django up first
    from moderation.models import AuditEntry  # noqa: PLC0415  # the same

    _fill(size.times(100_000, 1_000_000))
    leaves = [b"\x00" + bytes(body) for body in AuditEntry.objects.sequenced().values_list("body", flat=True)]
    nodes = [b"\x01" + bytes(64)] * (len(leaves) - 1)

    def verified(_: int) -> float:
        with stopwatch() as seconds:
            report = verify_log()
        assert report.ok, report.text()
        return report.size / seconds()

    def hashed(_: int) -> float:
        with stopwatch() as seconds:
            for block in (*leaves, *nodes):
                hashlib.sha256(block).digest()
        return len(leaves) / seconds()

    seen = interleave({"verified": verified, "hashed": hashed}, size.rounds)
    area, against = f"audit verify, {len(leaves)} entries", "SHA-256 of the same blocks by OpenSSL"
    return [
        Row(
            area=area,
            against=against,
            ours=seen["verified"],
            theirs=seen["hashed"],
            unit="entries/s",
            ratio=ratios(*seen.values()),
            goal=0.35,
        )
    ]


def _fill(entries: int) -> None:
    from django.db import transaction  # noqa: PLC0415  # as above

    from moderation.audit.events import Actor, Event, Target  # noqa: PLC0415  # as above
    from moderation.audit.log import Entry, record_many, sequence  # noqa: PLC0415  # as above

    for start in range(0, entries, BATCH):
        with transaction.atomic():
            record_many(
                Entry(Event.REVIEW_CLAIMED, Target("review", f"R-{number}"), Actor("user", "3f0c", "session"))
                for number in range(start, start + BATCH)
            )
    while sequence(BATCH):
        pass
