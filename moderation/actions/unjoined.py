"""Set aside what waits for something that will not come."""

from __future__ import annotations

from django.db import transaction

from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.models import SetAside, Unjoined, User
from moderation.states import SetAsideReason


@transaction.atomic
def set_aside(loose: Unjoined, *, reason: SetAsideReason, actor: User) -> None:
    """Take it from the list, for a reason; once, however often it is asked. Its row stays, and joins should the rest come after all."""
    _, made = SetAside.objects.get_or_create(loose_end=loose.id, defaults={"reason": reason.value, "user": actor})
    if made:
        target = Target("unjoined", loose.id, loose.surface_id)
        record(Event.UNJOINED_SET_ASIDE, target, actor=actor.as_actor(), kind=loose.kind, reason=reason.value)
