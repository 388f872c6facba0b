"""Write and retire reply templates: each change is another version."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.models import ReplyTemplate, User
from moderation.states import Occasion


class WrongReply(Exception):
    """This text answers something else, or is not in use any more."""


@dataclass(frozen=True, slots=True)
class Text:
    """What a template says, on which occasion, in which language (a BCP 47 tag)."""

    occasion: Occasion
    language: str
    text: str


@transaction.atomic
def write_reply(name: str, said: Text, *, actor: User, retired: bool = False) -> ReplyTemplate:
    """Add a version of a template, the first one where the name is new."""
    User.objects.select_for_update().get(pk=actor.pk)
    latest = ReplyTemplate.objects.select_for_update().filter(name=name).order_by("-version").first()
    made = ReplyTemplate.objects.create(
        name=name,
        version=latest.version + 1 if latest else 1,
        occasion=said.occasion,
        language=said.language,
        text=said.text,
        retired=retired,
        author=actor,
    )
    record(Event.REPLY_WRITTEN, Target("reply", made.public_id), actor=actor.as_actor(), version=made.version)
    return made


def retire_reply(template: ReplyTemplate, *, actor: User) -> ReplyTemplate:
    """Take a name out of use by a last version with the same text; nothing where it is out of use already."""
    latest = ReplyTemplate.objects.newest().get(name=template.name)
    if latest.retired:
        return latest
    said = Text(Occasion(latest.occasion), latest.language, latest.text)
    return write_reply(latest.name, said, actor=actor, retired=True)


def check_reply(template: ReplyTemplate | None, *occasions: Occasion) -> None:
    """Raise WrongReply unless a template may be sent now, on one of these occasions."""
    if template is not None and not ReplyTemplate.objects.usable(*occasions).filter(pk=template.pk).exists():
        raise WrongReply(template.public_id)
