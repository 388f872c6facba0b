"""`manage.py dsa_submit`: send the statements of an export to the transparency database; off until an operator sets where and why."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from moderation.actions.submissions import submit_statements
from moderation.exports.dsa import NotSent


class Command(BaseCommand):
    """Send statements of reasons."""

    help = "Send the statements of a finished export. Exit 2: not sent, or not all of it; what was taken is recorded."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the export."""
        parser.add_argument("export", help="id of an export of statements, such as X-8K2ZT7JM")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, export: str, json: bool, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Send them."""
        try:
            taken = submit_statements(export)
        except NotSent as error:
            self.stderr.write(f"Not sent: {error}")
            raise SystemExit(2) from error
        self.stdout.write(_as_json(export, taken) if json else f"{taken} statements were taken")


def _as_json(export: str, taken: int) -> str:
    return json.dumps({"export": export, "taken": taken})
