"""What a DRF view needs, from the same table as the pages; a view that names nothing is closed to everybody."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from console.roles import allowed
from moderation.models import User


class RoleAllows(BasePermission):
    """Let those through whose roles hold what the view's `needs` names, by action, with `None` for any other action."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ANN401  # any DRF view
        """Return whether this person may."""
        if not isinstance(request.user, User):
            return False
        needs = getattr(view, "needs", {})
        needed = needs.get(getattr(view, "action", None), needs.get("*"))
        return needed is not None and needed in allowed(request.user)
