"""`manage.py erase --subject ID --as PSEUDONYM`: ask for a person to be erased, or say what would be."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from console import roles
from conversations.models import Subject
from moderation.actions.erasures import AlreadyErased, request_erasure
from moderation.actions.forgetting import Kept
from moderation.audit.events import service
from moderation.models import LegalHold, User
from moderation.states import ErasureReason

WORDS = {
    "conversations": "conversations",
    "transcripts": "transcript versions",
    "feedback": "feedback in words",
    "appeals": "appeals in words",
    "notes": "drafts of notes",
    "words": "search index",
    "signatures": "signatures of requests",
    "echoes": "signatures of feedback",
    "candidates": "measures by turn",
    "events": "salts and digests of events",
    "answers": "answers kept for repeats",
    "quarantined": "bodies in quarantine",
    "exports": "exports with text",
}
"""What is counted, in the words of the page of an erasure."""


class Command(BaseCommand):
    """Ask for an erasure."""

    help = (
        "Ask for a person to be erased, for somebody who may ask: another who may approve it does so on the page, a worker carries it out. "
        "--dry-run changes nothing and says what would go."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the person, by our id or by the name a surface gave them."""
        parser.add_argument(
            "--subject", required=True, metavar="ID", help="our id, such as U-7Q4M2F9C, or with --surface the surface's name"
        )
        parser.add_argument("--surface", metavar="SOURCE", help="the surface whose name of the person --subject is")
        parser.add_argument("--reason", default=ErasureReason.REQUEST.value, choices=[one.value for one in ErasureReason])
        parser.add_argument("--as", dest="asker", metavar="PSEUDONYM", help="who asks, as the log names them; they cannot approve it")
        parser.add_argument("--dry-run", action="store_true", help="only count what would be erased")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, subject: str, reason: str, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Ask, or count."""
        found = _subject(subject, options["surface"])
        said: dict[str, Any] = {"subject": found.public_id, "records": Kept(found).counts(), "holds": _holds(found)}
        if not options["dry_run"]:
            asker = _asker(options["asker"])
            try:
                said["erasure"] = request_erasure(found, ErasureReason(reason), asked_by=asker, actor=service("shell")).public_id
            except AlreadyErased as error:
                raise CommandError(f"{found.public_id} was erased before, or an erasure is under way.") from error
        self.stdout.write(json.dumps(said) if options["json"] else _text(said))


def _subject(name: str, surface: str | None) -> Subject:
    known = {"surface__source": surface, "pseudonym": name} if surface else {"public_id": name.upper()}
    found = Subject.objects.filter(**known).first()
    if found is None:
        raise CommandError(f"There is nobody called {name}{f' on {surface}' if surface else ''}. Nothing was changed.")
    return found


def _asker(pseudonym: str | None) -> User:
    """Return who asks: without one, whoever has the shell would be the only person it takes."""
    if not pseudonym:
        raise CommandError("Say who asks: --as PSEUDONYM. Nothing was changed.")
    found = User.objects.filter(pseudonym=pseudonym, is_active=True).first()
    if found is None or roles.Can.ERASE not in roles.holds(found):
        raise CommandError(f"{pseudonym} is nobody who may ask for erasures. Nothing was changed.")
    return found


def _holds(subject: Subject) -> list[str]:
    return list(LegalHold.objects.on_person(subject).values_list("public_id", flat=True))


def _text(said: dict[str, Any]) -> str:
    lines = [f"{count:>8}  {WORDS[kind]}" for kind, count in said["records"].items()]
    holds = (
        f"Kept by {', '.join(said['holds'])}: an approved erasure waits for the release." if said["holds"] else "No hold keeps this person."
    )
    asked = f"{said['erasure']} waits for a second person, on /erasure/{said['erasure']}/." if "erasure" in said else "Nothing was changed."
    return "\n".join([f"Of {said['subject']}:", *lines, holds, asked])
