"""Which keys a person works with: single keys on or off, Alt before them, keys of one's own."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.models import User


@transaction.atomic
def set_keyboard(user: User, *, single_keys: bool, alt_before_keys: bool, keymap: Mapping[str, str]) -> User:
    """Keep a person's keys: `keymap` has by command id what they put in place of ours; whoever calls has refused collisions."""
    user = User.objects.select_for_update().get(pk=user.pk)
    user.single_keys, user.alt_before_keys, user.keymap = single_keys, alt_before_keys, dict(keymap)
    user.save(update_fields=["single_keys", "alt_before_keys", "keymap"])
    record(Event.KEYBOARD_SET, Target("person", user.public_id), actor=user.as_actor(), mode=user.key_mode, remapped=len(keymap))
    return user


@transaction.atomic
def switch_keys(user: User, *, on: bool) -> User:
    """Turn single keys on or off and leave the rest."""
    known = User.objects.select_for_update().get(pk=user.pk)
    return set_keyboard(known, single_keys=on, alt_before_keys=known.alt_before_keys, keymap=known.keymap)
