"""How a person is told to programs: by the command and by the API alike."""

from __future__ import annotations

from typing import Any

from moderation.models import User


def described(user: User) -> dict[str, Any]:
    """Return a person with their roles in force; `id` is the pseudonym that others see."""
    return {
        "id": user.pseudonym,
        "email": user.email,
        "name": user.name,
        "roles": sorted(grant.role for grant in user.grants.all() if grant.revoked_at is None),
        "active": user.is_active,
        "created_at": user.created_at.isoformat(),
        "last_sign_in": user.last_login.isoformat() if user.last_login else None,
    }
