"""`manage.py person`: who may come in, and what they may do."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from console.passwords import add_password_option, new_password
from console.persons import described
from moderation.actions.leaving import activate_person, deactivate_person, revoke_role
from moderation.actions.people import KnownEmail, LastGranter, create_person, grant_role, set_password
from moderation.audit.events import service
from moderation.models import RoleName, User
from moderation.states import PersonReason

BY_COMMAND = service("person")
ROLES = [role.value for role in RoleName]
REASONS = [reason.value for reason in PersonReason]


class Command(BaseCommand):
    """Each act is one action with its entry in the log."""

    help = "Make people, list them, grant and revoke roles, set a password, let somebody in no more or again. Exits 2 where it is refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the act, and whom it is about."""
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        add = self.act(acts, "add", "make a person who can sign in")
        add.add_argument("--name", required=True, help="what they are called; others see a pseudonym")
        add.add_argument("--role", action="append", default=[], choices=ROLES, help="a role to begin with; may be given again")
        add_password_option(add)
        everybody = acts.add_parser("list", help="list people with their roles")
        everybody.add_argument("--json", action="store_true", help="print a JSON array")
        add_password_option(self.act(acts, "password", "set a new password, which ends their sessions"))
        for act, does in (("grant", "give a role"), ("revoke", "take a role back")):
            chosen = self.act(acts, act, does)
            chosen.add_argument("role", choices=ROLES)
            chosen.add_argument("--why", required=True, choices=REASONS)
        for act, does in (
            ("deactivate", "let them in no more: sessions and tokens end, claims go back"),
            ("activate", "let them in again"),
        ):
            self.act(acts, act, does).add_argument("--why", required=True, choices=REASONS)

    def act(self, acts: Any, name: str, does: str) -> ArgumentParser:  # noqa: ANN401  # what argparse returns has no public type
        """Add an act about one person."""
        parser: ArgumentParser = acts.add_parser(name, help=does)
        parser.add_argument("email", help="the address they sign in with")
        parser.add_argument("--json", action="store_true", help="print the person as one JSON object")
        return parser

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # Django's signature
        """Do it and show how the person stands."""
        if options["act"] == "list":
            rows = [described(user) for user in User.objects.prefetch_related("grants").order_by("name", "pk")]
            self.stdout.write(
                json.dumps(rows) if options["json"] else "\n".join(map(_line, rows)) or "Nobody yet: manage.py setup --admin EMAIL."
            )
            return
        try:
            done = described(self.done(options))
        except KnownEmail:
            raise CommandError("Somebody signs in with this address. Nothing was changed.", returncode=2) from None
        except LastGranter:
            raise CommandError("Nobody would be left who can grant roles. Nothing was changed.", returncode=2) from None
        except ValidationError as error:
            raise CommandError(f"{' '.join(error.messages)} Nothing was changed.", returncode=2) from None
        self.stdout.write(json.dumps(done) if options["json"] else _line(done))

    def done(self, options: dict[str, Any]) -> User:
        """Do the act and return the person as they stand now."""
        if options["act"] == "add":
            return self.added(options)
        user = _found(options["email"])
        match options["act"]:
            case "grant":
                grant_role(user, RoleName(options["role"]), actor=BY_COMMAND, why=PersonReason(options["why"]))
            case "revoke":
                revoke_role(user, RoleName(options["role"]), actor=BY_COMMAND, why=PersonReason(options["why"]))
            case "password":
                set_password(user, new_password(from_stdin=options["password_stdin"]), actor=BY_COMMAND)
            case "deactivate":
                deactivate_person(user, actor=BY_COMMAND, why=PersonReason(options["why"]))
            case "activate":
                activate_person(user, actor=BY_COMMAND, why=PersonReason(options["why"]))
        return _found(options["email"])

    def added(self, options: dict[str, Any]) -> User:
        """Make a person with their first roles."""
        validate_email(options["email"])
        password = new_password(from_stdin=options["password_stdin"])
        with transaction.atomic():
            user = create_person(email=options["email"], name=options["name"], password=password, actor=BY_COMMAND)
            for role in dict.fromkeys(options["role"]):
                grant_role(user, RoleName(role), actor=BY_COMMAND, why=PersonReason.JOINED)
        return user


def _found(email: str) -> User:
    """Return whom an address names; raises CommandError."""
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        raise CommandError("Nobody signs in with this address. Nothing was changed.", returncode=2) from None


def _line(person: dict[str, Any]) -> str:
    last = person["last_sign_in"][:16].replace("T", " ") if person["last_sign_in"] else "never"
    standing = "" if person["active"] else "  deactivated"
    return f"{person['id']}  {person['email']}  {person['name']}  {', '.join(person['roles']) or 'no role'}  last sign-in {last}{standing}"
