"""`manage.py erase --subject ID`: ask for a person to be erased, or say what would be."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.models import Subject
from moderation.actions.erasures import AlreadyErased, request_erasure
from moderation.actions.forgetting import Kept
from moderation.audit.events import service
from moderation.models import LegalHold
from moderation.states import ErasureReason


class Command(BaseCommand):
    """Ask for an erasure."""

    help = (
        "Ask for a person to be erased: somebody who may approve erasures does so on the page, and a worker carries it out. "
        "--dry-run changes nothing and says what would go."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the person, by our id or by the name a surface gave them."""
        parser.add_argument(
            "--subject", required=True, metavar="ID", help="our id, such as U-7Q4M2F9C, or with --surface the surface's name"
        )
        parser.add_argument("--surface", metavar="SOURCE", help="the surface whose name of the person --subject is")
        parser.add_argument("--reason", default=ErasureReason.REQUEST.value, choices=[one.value for one in ErasureReason])
        parser.add_argument("--dry-run", action="store_true", help="only count what would be erased")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, subject: str, reason: str, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Ask, or count."""
        found = _subject(subject, options["surface"])
        said: dict[str, Any] = {"subject": found.public_id, "records": Kept(found).counts(), "holds": _holds(found)}
        if not options["dry_run"]:
            try:
                said["erasure"] = request_erasure(found, ErasureReason(reason), actor=service("shell")).public_id
            except AlreadyErased as error:
                raise CommandError(f"{found.public_id} was erased before, or an erasure is under way.") from error
        self.stdout.write(json.dumps(said) if options["json"] else _text(said))


def _subject(name: str, surface: str | None) -> Subject:
    known = {"surface__source": surface, "pseudonym": name} if surface else {"public_id": name.upper()}
    found = Subject.objects.filter(**known).first()
    if found is None:
        raise CommandError(f"There is nobody called {name}{f' on {surface}' if surface else ''}. Nothing was changed.")
    return found


def _holds(subject: Subject) -> list[str]:
    return list(LegalHold.objects.on_person(subject).values_list("public_id", flat=True))


def _text(said: dict[str, Any]) -> str:
    lines = [f"{count:>8}  {kind}" for kind, count in said["records"].items()]
    holds = (
        f"Kept by {', '.join(said['holds'])}: an approved erasure waits for the release." if said["holds"] else "No hold keeps this person."
    )
    asked = f"{said['erasure']} waits for a second person, on /erasure/{said['erasure']}/." if "erasure" in said else "Nothing was changed."
    return "\n".join([f"Of {said['subject']}:", *lines, holds, asked])
