"""Reply templates: what users are told when an appeal is decided or feedback answered; a change is a new version, never an edit."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils import timezone

from conversations import public_ids
from moderation.models.people import User
from moderation.states import Occasion

LONGEST = 4_000
"""Characters of a text: within the largest message to a surface, whatever the script."""


def reply_id() -> str:
    """Return a public id for one version of a reply template."""
    return public_ids.new("T")


class ReplyTemplateQuerySet(models.QuerySet["ReplyTemplate"]):
    """Templates in the words of who replies."""

    def newest(self) -> Self:
        """Return the newest version of each name."""
        newer = ReplyTemplate.objects.filter(name=models.OuterRef("name"), version__gt=models.OuterRef("version"))
        return self.filter(~models.Exists(newer))

    def usable(self, *occasions: Occasion) -> Self:
        """Return what may be sent now on these occasions, by name."""
        return self.newest().filter(retired=False, occasion__in=occasions).order_by("name")


class ReplyTemplate(models.Model):
    """One version of a text; the newest of a name is the one in use, unless it retires the name."""

    public_id = models.CharField(max_length=10, unique=True, default=reply_id)
    name = models.SlugField(max_length=40, db_index=False)  # reply_version serves it too
    version = models.PositiveIntegerField()
    occasion = models.CharField(max_length=10, choices=Occasion.choices())
    language = models.CharField(max_length=35)
    text = models.CharField(max_length=LONGEST)
    retired = models.BooleanField(default=False)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)

    objects = ReplyTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-version"]
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="reply_version")]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"

    @property
    def occasion_term(self) -> Occasion:
        """What it answers, with its label."""
        return Occasion(self.occasion)

    def told(self) -> dict[str, object]:
        """Return what a surface is told of it, with the text to show."""
        return {"name": self.name, "version": self.version, "language": self.language, "text": self.text}
