"""Issue the notice about an ending: from then on what was given out can be shown, word by word."""

from __future__ import annotations

import hmac
import secrets
from typing import Any
from uuid import UUID

import rfc8785
from django.db import transaction
from django.utils import timezone

from conversations import vault
from conversations.models import ConversationEnd
from moderation.actions.reviews import Labelling, is_labelling
from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.exports.notices import notice
from moderation.models import IssuedNotice, User
from moderation.models.notices import SALT


class NoNotice(Exception):
    """The user asked for the end: it restricts nobody."""


@transaction.atomic
def issue_notice(ending_id: UUID, *, actor: User, language: str = "") -> IssuedNotice:
    """Fix what the notice of an ending says now, as another version; in the conversation's language unless named.

    Raises:
        NoNotice: none is due.
        Labelling: the person labels it just now.
        Erased: the person was erased.
    """
    locked = ConversationEnd.objects.select_for_update(of=("self",))
    ending = locked.select_related("branch__conversation", "transcript").get(pk=ending_id)
    if is_labelling(actor, ending.branch):
        raise Labelling(ending.public_id)
    now, verdict = timezone.now(), ending.verdicts.select_related("policy").prefetch_related("findings").first()
    found = notice(ending, verdict, as_of=now, language=language)
    if found is None:
        raise NoNotice(ending.public_id)
    latest, salt, text = ending.notices.first(), secrets.token_bytes(SALT), rfc8785.dumps(found.as_dict())
    made = IssuedNotice(
        ending=ending, version=latest.version + 1 if latest else 1, language=found.language, template=found.template,
        corrected=bool(found.corrected), commitment=hmac.digest(salt, text, "sha256"), issued_by=actor, issued_at=now,
    )  # fmt: skip
    made.sealed = vault.seal(ending.branch.conversation.subject_id, salt + text, made.place)
    target = Target("ending", ending.public_id, ending.surface_id)
    codes: dict[str, Any] = {
        "version": made.version,
        "language": made.language,
        "template": made.template,
        "commitment": made.commitment.hex(),
    }
    made.entry = record(Event.NOTICE_ISSUED, target, actor=actor.as_actor(), **codes).id
    made.save()
    return made
