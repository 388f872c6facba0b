"""Who else reads an ending: who opened it first, and whose opening still holds while they do something here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from conversations.models import Branch
from moderation.models import Opening, User
from moderation.models.desks import PRESENT


@dataclass(frozen=True, slots=True)
class Presence:
    """The first opening by somebody else, None where there is none, and the others who are here now."""

    first: Opening | None
    here: Sequence[User]


def presence_at(branch: Branch, user: User) -> Presence:
    """Return who else reads a branch."""
    now = timezone.now()
    others = Opening.objects.filter(branch=branch).exclude(user=user)
    lately = Q(opened_at__gt=now - PRESENT) | Q(user__desk__seen_at__gt=now - PRESENT)
    here = others.filter(lately, until__gt=now)
    return Presence(
        first=others.select_related("user").order_by("opened_at").first(),
        here=list(User.objects.filter(pk__in=here.values("user")).order_by("pseudonym")),
    )
