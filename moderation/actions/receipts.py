"""What the holder of a receipt may ask for later: the entry it names, and the salt that opens its commitment."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from conversations import vault
from conversations.models import Branch, ConversationEnd, Feedback, ReceivedEvent, RefusedEnd, Surface
from moderation.actions.events import EFFECTS
from moderation.audit.events import Event
from moderation.models import Appeal, AuditEntry

RECEIPTED = frozenset({effect.event for effect in EFFECTS.values()} | {Event.REFUSAL_RECEIVED})
"""The events whose entries a receipt names."""


@dataclass(frozen=True, slots=True)
class Salt:
    """The 32 bytes that open a commitment: `commitment` is HMAC-SHA256(salt, body as it was sent)."""

    salt: bytes
    commitment: bytes


def find_entry(entry_id: UUID) -> AuditEntry | None:
    """Return the entry that a receipt of this id names."""
    return AuditEntry.objects.naming(*RECEIPTED).filter(pk=entry_id).first()


def open_salt(entry_id: UUID, surface: Surface) -> Salt | None:
    """Return the salt to the surface that sent the event, None where it holds no such receipt.

    Raises:
        vault.Erased: whom the event is about was erased, and the salt with them.
    """
    entry = find_entry(entry_id)
    if entry is None or entry.tenant != surface.id:
        return None
    event = ReceivedEvent.objects.get(public_id=entry.entry["codes"]["event"])
    subject, place, sealed = _subject(entry), f"event|{event.id}", bytes(event.sealed_salt)
    if not sealed:  # erased before its conversation came
        raise vault.Erased(place)
    salt = vault.unseal(subject, sealed, place) if subject else vault.unseal_own(sealed, place)
    return Salt(salt, bytes(event.commitment))


def _subject(entry: AuditEntry) -> UUID | None:
    """Return whom the entry's target is about, under whose key its salt is sealed; None for what is about nobody."""
    rows = {
        "ending": (ConversationEnd.objects, "branch__conversation__subject"),
        "refused_end": (RefusedEnd.objects, "branch__conversation__subject"),
        "branch": (Branch.objects, "conversation__subject"),
        "feedback": (Feedback.objects, "subject"),
        "appeal": (Appeal.objects, "subject"),
    }
    if entry.target_type not in rows:
        return None
    manager, path = rows[entry.target_type]
    found: UUID = manager.values_list(path, flat=True).get(public_id=entry.target_id)
    return found
