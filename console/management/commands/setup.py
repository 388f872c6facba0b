"""`manage.py setup`: what an installation needs before its first event."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from console.installing import Admin, first_terms, set_up, told
from console.passwords import add_password_option, new_password
from moderation.actions.people import KnownEmail


def source(text: str) -> str:
    """Return the source of a surface; raises ArgumentTypeError for what is no path."""
    if not text.startswith("/"):
        raise ArgumentTypeError("must be a path such as /surfaces/web-chat")
    return text


class Command(BaseCommand):
    """Make what is missing; run twice it changes nothing and says what is there."""

    help = (
        "Set this installation up, after migrate: open the audit log, commit to the keys of the draw, adopt the first sampling plan, bring "
        "the first policy into force and make the first person. What is there is left alone. Exits 2 where the first person cannot be made."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the first person, and what the first policy holds for eligible."""
        parser.add_argument(
            "--admin", metavar="EMAIL", help="make the first person, an operator and compliance officer, unless there is one"
        )
        parser.add_argument("--name", default="", help="what they are called; else what stands before the @")
        add_password_option(parser)
        parser.add_argument(
            "--model", action="append", default=[], help="a model that may end conversations, in the first policy; may be given again"
        )
        parser.add_argument(
            "--surface", action="append", default=[], type=source, help="a surface, such as /surfaces/web-chat, on which they may"
        )
        parser.add_argument("--json", action="store_true", help="print how everything stands as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # Django's signature
        """Make it and say what is there."""
        stands = self.set_up(options)
        self.stdout.write(json.dumps(stands) if options["json"] else "\n".join(told(stands)))

    def set_up(self, options: dict[str, Any]) -> dict[str, Any]:
        """Make what is missing; raises CommandError."""
        try:
            return set_up(first_terms(options["model"], options["surface"]), _admin(options))
        except KnownEmail:
            raise CommandError("Somebody has this address and cannot grant roles: manage.py person grant.", returncode=2) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from None


def _admin(options: dict[str, Any]) -> Admin | None:
    """Return who is to be the first person, None where nobody is named; raises ValidationError for what is no address."""
    email = options["admin"]
    if email is None:
        return None
    validate_email(email)
    return Admin(email, options["name"] or email.partition("@")[0], partial(new_password, from_stdin=options["password_stdin"]))
