"""What every page's frame needs: the rail, who is signed in, what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from console.commands import COMMANDS, Scope
from console.keyboard import keys_now
from console.roles import Can, allowed
from moderation.actions.wellbeing import at_desk
from moderation.models import RoleName, User


@dataclass(frozen=True, slots=True)
class Item:
    """A place in the rail: its page, icon, the keys that go there, and what is needed to see it."""

    label: str
    name: str
    icon: str
    keys: str
    needed: Can | None = None


RAIL = (
    Item("Home", "home", "home", "g h"),
    Item("Queue", "reviews", "queue", "g q", Can.SEE_QUEUE),
    Item("Golden items", "golden", "mark", "g d", Can.CURATE_GOLDEN),
    Item("Quality", "quality", "quality", "g r", Can.SEE_QUALITY),
    Item("Endings", "endings", "endings", "g e", Can.SEE_ENDINGS),
    Item("Feedback", "feedback", "feedback", "g f", Can.SEE_FEEDBACK),
    Item("Appeals", "appeals", "appeals", "g p", Can.SEE_APPEALS),
    Item("Lineages", "lineages", "branch", "g l", Can.SEE_LINEAGES),
    Item("Policies", "policies", "policies", "g t", Can.SEE_POLICIES),
    Item("Sampling", "sampling", "sampling", "g s", Can.SEE_POLICIES),
    Item("Classifiers", "classifiers", "cpu", "g c", Can.SEE_POLICIES),
    Item("Audit log", "audit", "audit", "g a", Can.SEE_AUDIT),
    Item("Exports", "exports", "exports", "g x", Can.SEE_EXPORTS),
    Item("Reading", "readings", "reading", "g v", Can.SEE_READINGS),
    Item("Erasure", "erasures", "erasure", "g k", Can.SEE_ERASURES),
    Item("Surfaces", "surfaces", "surfaces", "g u", Can.SEE_SURFACES),
    Item("Quarantine", "quarantine", "quarantine", "g z", Can.SEE_WORK),
    Item("Work", "work", "work", "g w", Can.SEE_WORK),
    Item("People", "people", "person", "g o", Can.SEE_PEOPLE),
)


PLACES = {command.keys[0]: command for command in COMMANDS if command.scope is Scope.GO}
"""The commands that go to the places of the rail, by our keys."""


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's variables; empty for who is not signed in."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"rail": [], "may": frozenset()}
    may = allowed(user)
    rail = SimpleLazyObject(lambda: [_entry(item, request.path) for item in RAIL if item.needed is None or item.needed in may])
    roles = [RoleName(name).label for name in sorted(user.roles())]
    frame = {"rail": rail, "may": {can.name.lower() for can in may}, "role_labels": ", ".join(roles) or "No role yet"}
    if user.viewed_as:
        frame["viewed_as"] = RoleName(user.viewed_as).label
    return frame | (_desk(user) if Can.LABEL in may else {})


def _desk(user: User) -> dict[str, Any]:
    """Return what whoever labels always sees: the share of their exposure budget, a break they are on, how they want to read."""
    known = at_desk(user, shown=True)
    return {
        "exposure": known.load.share,
        "on_break": known.desk is not None and known.desk.break_since is not None,
        "comfort": known.comfort,
        "answered": {"today": known.answered_today, "sitting": known.answered_sitting},
    }


def _entry(item: Item, path: str) -> dict[str, Any]:
    url = reverse(item.name)
    active = path == url if item.name == "home" else path.startswith(url)
    return {"label": item.label, "url": url, "icon": item.icon, "keys": keys_now(PLACES[item.keys])[0], "active": active}
