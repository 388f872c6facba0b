"""Proof that the stored log is the one that was signed, from the bytes of its entries up.

1. Every body is hashed again, in the order of the leaf indexes; what is stored as a hash is only compared, never used. What pages show of
   an entry (`action`, `actor_id` …) is compared with the body too. Where it is asked for, each body has to be in the canonical form: in
   another, a key might stand twice, and two readers might see two acts.
2. The whole tree is rebuilt from those hashes. Each stored node has to equal the rebuilt one, and there may be none beyond.
3. Each stored checkpoint has to carry the log key's signature and the root that the rebuilt tree has at its size. Two neighbours that
   both do are consistent: they are heads of one and the same sequence.
4. The same holds for the copy on local disk, for those in the places that keep copies, and for a checkpoint given from outside.
5. Of a log that follows another (`succession.py`) the first entry has to commit to that one's last checkpoint, and no checkpoint of that
   one may be larger or another. What is left of that one has to be what was left when the succession was opened.
6. Cosignatures and time stamps have to hold over the checkpoints they name, and the tiles of copies have to be those of the tree.

Only the last can catch somebody who holds the database and the log key: such a person can write another log that is sound in itself.
All is read from one snapshot, so the log may grow meanwhile. A long log can be verified in slices, each from a snapshot of its own: what
was reached is the peaks of the tree so far, so the next slice, in whatever process, goes on as if nothing had come between. Who can write
that down falsely between two slices can write the report too: an outsider verifies by the command or a bundle, in one go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connections, transaction

from moderation.audit import earlier, keys, origins
from moderation.audit.attestations import check_attestations
from moderation.audit.findings import Findings, Report
from moderation.audit.notes import Verifier
from moderation.audit.origins import Origin
from moderation.audit.rebuilding import Reached, check_nodes_beyond, heads_elsewhere, name_of_node, rebuild
from moderation.models.audit import AuditCheckpoint, AuditEntry, AuditNode

AGREES = "The checkpoint from outside agrees."
CEILING = (
    "Whoever holds both the database and the log key could still have written another log: a checkpoint kept elsewhere rules that out."
)

Progress = Callable[[int, int], None]


def verify_log(progress: Progress | None = None, against: str | None = None, *, canonical: bool = False, using: str = "default") -> Report:
    """Re-hash all entries, rebuild the tree and check every checkpoint.

    Args:
        progress: called with (entries done, entries in all).
        against: a checkpoint held outside, as the text of its note.
        canonical: whether to look at the form of each body as well.
        using: alias of the database.

    Returns:
        The report; it names at most 50 problems and counts them all.

    Raises:
        KeyUnusable: there is no public log key to check signatures with.
    """
    report = verify_slice(Reached(canonical=canonical), progress, against, using=using)
    assert report is not None  # it had all the time it wanted
    return report


def verify_slice(
    reached: Reached,
    progress: Progress | None = None,
    against: str | None = None,
    *,
    enough: Callable[[], bool] = lambda: False,
    using: str = "default",
) -> Report | None:
    """Go on from what was reached until there is enough of it; returns the report of all of it, None where entries are left.

    Args:
        reached: moved on in place.
        progress: called with (entries done, entries in all).
        against: a checkpoint held outside, as the text of its note.
        enough: asked after each page.
        using: alias of the database.

    Raises:
        KeyUnusable: there is no public log key to check signatures with.
    """
    started, verifiers = time.monotonic(), keys.log_verifiers()
    others = heads_elsewhere(reached, against)
    with _snapshot(using):
        if not earlier.rebuild_before(origins.current(), reached, against, using, enough):
            reached.seconds += time.monotonic() - started
            return None
        total = AuditEntry.objects.using(using).sequenced().count()
        for size in rebuild(reached, others, using, lambda: reached.tree.size < total and enough()):
            if progress:
                progress(size, total)
        reached.seconds += time.monotonic() - started
        if reached.tree.size < total:
            return None
        return _report(reached, verifiers, using, against)


def _report(reached: Reached, verifiers: Sequence[Verifier], using: str, against: str | None) -> Report:
    """Look at what has to be seen in one go, and say what was found of all."""
    tree, findings, started = reached.tree, reached.findings, time.monotonic()
    before = list(earlier.verify_before(origins.current(), reached, using))
    check_nodes_beyond(tree.size, findings, using)
    _check_beyond(origins.newest(), findings, using)
    pending = AuditEntry.objects.using(using).pending().count()
    witnessed = check_attestations(tree.size, findings, using)
    return Report(
        ok=not findings.found,
        origin=verifiers[-1].name,
        size=tree.size,
        root=tree.root().hex(),
        checkpoints=findings.checkpoints,
        unsequenced=pending,
        found=findings.found,
        problems=tuple(findings.problems),
        last_good=findings.last_good,
        seconds=round(reached.seconds + time.monotonic() - started, 3),
        proven=" ".join([_sentence(tree.size, pending, findings, verifiers[-1].name, witnessed, outside=against is not None), *before]),
        cosignatures=findings.cosignatures,
        witnessed=witnessed,
        timestamps=findings.timestamps,
        stamped=findings.stamped,
        tiles=findings.tiles,
    )


def _check_beyond(newest: Origin, findings: Findings, using: str) -> None:
    """Look for rows of a log that is not there: one whose keys were not copied here, or that was begun and not opened, or forged."""
    entry = AuditEntry.objects.using(using).filter(leaf_index__gte=newest.end).order_by("leaf_index").first()
    if entry is not None:
        findings.add("entry.beyond", entry.number, f"{newest.name} as the last log", "an entry of another")
    for level, idx in AuditNode.objects.using(using).of_no_log(newest.end).values_list("level", "idx"):
        findings.add("node.beyond", name_of_node(level, idx), "no such node", "a node")
    checkpoint = AuditCheckpoint.objects.using(using).filter(size__gte=newest.end).order_by("size").first()
    if checkpoint is not None:
        findings.add("checkpoint.beyond", checkpoint.leaves, f"{newest.name} as the last log", f"a checkpoint of {checkpoint.log.name}")


@contextmanager
def _snapshot(using: str) -> Iterator[None]:
    """Read one state of the log; inside a transaction that is already open, that one's view."""
    outermost = not connections[using].in_atomic_block
    with transaction.atomic(using=using):
        if outermost:
            with connections[using].cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _sentence(size: int, pending: int, findings: Findings, origin: str, witnessed: int, *, outside: bool) -> str:
    """Return in words what the verification proves, and what it does not."""
    good = findings.last_good
    if findings.found:
        first = findings.problems[0]
        sound = f"The first {good} are sound." if good else "No checkpoint is sound."
        found = "1 finding" if findings.found == 1 else f"{findings.found} findings"
        return f"This is not the log that was signed: {first.check} at {first.index}, {found} in all. {sound}"
    unsigned = f" {size - good} more have a leaf but no checkpoint yet." if size > good else ""
    waiting = f" {pending} wait for their leaf." if pending else ""
    return f"{good} entries are exactly those that {origin} signed.{unsigned}{waiting} {_held(witnessed, outside=outside)}"


def _held(witnessed: int, *, outside: bool) -> str:
    """Return what somebody else holds: the difference between a log that is sound and one that nobody can have rewritten."""
    if outside:
        return AGREES
    return f"The quorum of witnesses cosigned the first {witnessed}." if witnessed else CEILING
