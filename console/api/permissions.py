"""What a DRF view needs, from the same table as the pages; a view that names nothing is closed to everybody."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from console.roles import may
from moderation.models import User

UNANSWERED = (None, "metadata")
"""What DRF calls methods that a viewset does not have, and OPTIONS, which none has: let through to be answered 405."""


class SignedIn(BasePermission):
    """Let everybody in who is signed in, role or none: for what is one's own."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ANN401  # any DRF view
        """Return whether this is a person."""
        return isinstance(request.user, User)


class InPerson(SignedIn):
    """Let only those in who are signed in themselves: no token makes another, or changes how somebody works."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ANN401  # any DRF view
        """Return whether this is a person, and no program of theirs."""
        return super().has_permission(request, view) and request.auth is None


class RoleAllows(BasePermission):
    """Let those through whose roles hold what the view's `needs` names, by action, with `None` for any other action."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ANN401  # any DRF view
        """Return whether this person may."""
        if not isinstance(request.user, User):
            return False
        action = getattr(view, "action", "")
        if action in UNANSWERED:
            return True
        needs = getattr(view, "needs", {})
        needed = needs.get(action, needs.get("*"))
        return needed is not None and may(request, needed)
