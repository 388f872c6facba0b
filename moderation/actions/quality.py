"""Note that a senior looked at how somebody else does."""

from __future__ import annotations

from django.db import transaction

from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.models import User


@transaction.atomic
def view_quality(reader: User, *, actor: User) -> None:
    """Record that the quality of another person was opened; one's own is nobody's business."""
    if reader.pk != actor.pk:
        record(Event.QUALITY_VIEWED, Target("person", reader.public_id), actor=actor.as_actor())
