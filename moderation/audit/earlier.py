"""What is left of each log that another follows (`succession.py`), verified like the newest (`verify.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from moderation.audit import origins, succession
from moderation.audit.attestations import check_attestations
from moderation.audit.findings import Findings
from moderation.audit.notes import Checkpoint
from moderation.audit.origins import Origin
from moderation.audit.rebuilding import Reached, check_nodes_beyond, heads_elsewhere, rebuild
from moderation.audit.succession import Succession
from moderation.models.audit import AuditEntry


def rebuild_before(log: Origin, reached: Reached, against: str | None, using: str, enough: Callable[[], bool]) -> bool:
    """Go on with the trees of the logs before one, the latest first, until there is enough of it; returns whether all are whole."""
    while log.before and (committed := succession.last_of(log, Findings())):
        left = reached.before.setdefault(log.before.number, Reached(canonical=reached.canonical))
        left.committed = committed
        with origins.at(log.before.number):
            _rebuild(left, against, using, enough)
        if not left.whole:
            return False
        log = log.before
    return True


def verify_before(log: Origin, reached: Reached, using: str) -> Iterator[str]:
    """Verify what is left of each log before one, whose tree was rebuilt, the latest first; yields what that proves, in words.

    A log of which nothing is left has taken its first entry along. Then only the note beside its keys says where the one before it ended.
    """
    gone = False
    while log.before:
        committed = succession.last_of(log, reached.findings)
        said = None if gone or committed is None else succession.check(log, committed, reached.findings, using)
        if committed is None or (said is None and not gone):
            return
        left = reached.before[log.before.number]
        with origins.at(log.before.number):
            _check(left, committed, reached.findings, using)
        if said:
            _check_kept(said, left, reached.findings)
        follows = f"{log.name} follows {said.text()}" if said else f"What {log.name} said of {log.before.name} is lost with it."
        yield f"{follows} {log.before.name} itself signed the first {left.findings.last_good} of them."
        log, gone = log.before, not left.tree.size


def left_of(committed: Checkpoint, findings: Findings, using: str) -> Reached:
    """Return how far a log reaches that was signed further than it does; what is wrong with what is left is added to the findings."""
    left = Reached(committed=committed)
    _rebuild(left, None, using, lambda: False)
    _check(left, committed, findings, using)
    return left


def _rebuild(left: Reached, against: str | None, using: str, enough: Callable[[], bool]) -> None:
    if left.whole:
        return
    total = AuditEntry.objects.using(using).sequenced().count()
    for _ in rebuild(left, heads_elsewhere(left, against), using, lambda: left.tree.size < total and enough()):
        pass
    left.whole = left.tree.size >= total


def _check(left: Reached, committed: Checkpoint, findings: Findings, using: str) -> None:
    """Look at what has to be seen in one go, and add what is wrong with what is left to the findings of all."""
    check_nodes_beyond(left.tree.size, left.findings, using)
    check_attestations(left.tree.size, left.findings, using)
    for problem in left.findings.problems:
        findings.add(f"{problem.check}, {committed.origin}", problem.index, problem.expected, problem.actual)
    findings.found += left.findings.found - len(left.findings.problems)


def _check_kept(said: Succession, left: Reached, findings: Findings) -> None:
    size, root = left.tree.size, left.tree.root().hex()
    if (size, root) != (said.kept, said.kept_root):
        findings.add(f"succession.kept, {said.origin}", said.kept, said.kept_root, f"{size} {root}")
