"""Join what waited for a branch: feedback, appeals and messages that came before it.

What somebody wrote before we knew whose conversation it is lies sealed under a stand-in's key. Once joined it is sealed again under the key
of the conversation's owner, text and salt, so that erasing that person erases it too. The stand-in is named `?` and the conversation's
id; its key may still open older copies of the row, in a backup, so who erases the owner destroys it as well.
"""

from __future__ import annotations

from uuid import UUID

from conversations import vault
from conversations.copying import raw_cursor
from conversations.models import Branch, Feedback, JoinedLater, MessageSignal, ReceivedEvent
from moderation.actions.echoes import compare_anew
from moderation.audit.events import Event
from moderation.models import Appeal, AuditEntry

LATER: tuple[type[JoinedLater], ...] = (MessageSignal, Feedback, Appeal)
"""What is about a branch and may come before it."""
NAMED = "branch_id IS NULL AND surface_id = $1 AND conversation_external_id = $2 AND branch_external_id = $3"
WAITING = [f"EXISTS (SELECT FROM {kind._meta.db_table} WHERE {NAMED})" for kind in LATER]  # noqa: SLF001  # the documented meta API


def join(branch: Branch) -> list[JoinedLater]:
    """Tie to a branch what names it, in the running transaction; returns what was tied."""
    if not _awaited(branch):
        return []
    signals, feedbacks, appeals = ([*kind.objects.about(branch)] for kind in (MessageSignal, Feedback, Appeal))
    MessageSignal.objects.filter(pk__in=[signal.pk for signal in signals]).update(branch=branch)
    owner = branch.conversation.subject_id
    for feedback in feedbacks:
        if feedback.subject_id != owner:
            _reseal_feedback(feedback, owner)
        feedback.branch = branch
        feedback.save(update_fields=["branch", "subject", "sealed_text"])
    for appeal in appeals:
        if appeal.subject_id != owner:
            _reseal_appeal(appeal, owner)
        appeal.branch = branch
        appeal.save(update_fields=["branch", "subject", "sealed_text", "sealed_contact"])
    return [*signals, *feedbacks, *appeals]


def _awaited(branch: Branch) -> bool:
    """Tell whether anything waits for a branch: one short question, since each event asks and hardly any finds something."""
    names = [branch.conversation.surface_id, branch.conversation.external_id, branch.external_id]
    with raw_cursor() as cursor:  # not prepared: a plan made while the tables were small would go on reading all of them
        cursor.execute(f"SELECT {' OR '.join(WAITING)}", names, prepare=False)
        [[found]] = cursor
    return bool(found)


def _reseal_feedback(feedback: Feedback, owner: UUID) -> None:
    feedback.sealed_text = _resealed(bytes(feedback.sealed_text), feedback.subject_id, owner, f"feedback|{feedback.id}")
    _reseal_salt("feedback", feedback.public_id, feedback.subject_id, owner)
    feedback.subject_id = owner
    compare_anew(feedback)


def _reseal_appeal(appeal: Appeal, owner: UUID) -> None:
    appeal.sealed_text = _resealed(bytes(appeal.sealed_text), appeal.subject_id, owner, f"appeal|{appeal.id}")
    appeal.sealed_contact = _resealed(bytes(appeal.sealed_contact), appeal.subject_id, owner, f"appeal-contact|{appeal.id}")
    _reseal_salt("appeal", appeal.public_id, appeal.subject_id, owner)
    appeal.subject_id = owner


def _resealed(sealed: bytes, before: UUID, owner: UUID, place: str) -> bytes:
    """Return the same bytes under the owner's key; what was erased under the key before stays erased."""
    if not sealed:
        return sealed
    try:
        return vault.seal(owner, vault.unseal(before, sealed, place), place)
    except vault.Erased:
        return b""


def _reseal_salt(kind: str, public_id: str, before: UUID, owner: UUID) -> None:
    received = AuditEntry.objects.about(kind, public_id).naming(Event.FEEDBACK_RECEIVED, Event.APPEAL_FILED).first()
    if received is None:
        return
    event = ReceivedEvent.objects.get(public_id=received.entry["codes"]["event"])
    event.sealed_salt = _resealed(bytes(event.sealed_salt), before, owner, f"event|{event.id}")
    event.save(update_fields=["sealed_salt"])
