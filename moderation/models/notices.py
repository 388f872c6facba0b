"""Notices that were issued to users: every one a version of its own, with a commitment to each word in the log."""

from __future__ import annotations

import hmac
import json
import uuid
from typing import Any

from django.db import models
from django.utils import timezone

from conversations import vault
from conversations.models import ConversationEnd
from moderation.models.people import User

SALT = 32


class IssuedNotice(models.Model):
    """What was given out about one ending, as it was worded then; a trigger refuses edits.

    The text is made of codes and counts and holds no word of the conversation. It is sealed with its salt under the person's key all
    the same, so that an erasure reaches both: `commitment` is HMAC-SHA256 of the text under the salt, and stands in the entry of the log.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ending = models.ForeignKey(ConversationEnd, models.PROTECT, related_name="notices", db_index=False)  # notice_version serves it too
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=35)
    template = models.CharField(max_length=10)
    corrected = models.BooleanField()
    sealed = models.BinaryField()
    commitment = models.BinaryField(max_length=32)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(default=timezone.now)
    entry = models.UUIDField()

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["ending", "version"], name="notice_version")]

    def __str__(self) -> str:
        return f"{self.ending.public_id}, notice {self.version}"

    @property
    def place(self) -> str:
        """What binds the sealed text to this row."""
        return f"notice|{self.id}"

    def opening(self) -> tuple[bytes, bytes]:
        """Return salt and text, as bytes that open the commitment; raises vault.Erased or vault.Tampered."""
        opened = vault.unseal(self.ending.branch.conversation.subject_id, bytes(self.sealed), self.place)
        salt, text = opened[:SALT], opened[SALT:]
        if not hmac.compare_digest(hmac.digest(salt, text, "sha256"), bytes(self.commitment)):
            raise vault.Tampered(self.place)
        return salt, text

    def said(self) -> dict[str, Any]:
        """Return the notice as it was issued; raises vault.Erased or vault.Tampered."""
        return dict(json.loads(self.opening()[1]))
