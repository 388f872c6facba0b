"""`manage.py retain --dry-run`: what is past its time, rule by rule; without it, begin a night now."""

import json
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from moderation.actions import emptying
from moderation.actions.retention import begin_retention, in_force, survey


class Command(BaseCommand):
    """Count or begin."""

    help = "Count what the retention rules in force would destroy now (--dry-run), or let a worker begin."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how to answer."""
        parser.add_argument("--dry-run", action="store_true", help="only count; nothing is changed")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Count, then begin unless told otherwise."""
        counted = survey(in_force())
        bodies = emptying.due(timezone.now()).count()
        said: dict[str, Any] = {"due": [asdict(one) for one in counted], "bodies": bodies}
        if not options["dry_run"]:
            said["run"] = begin_retention().public_id
        self.stdout.write(json.dumps(said) if options["json"] else _text(said))


def _text(said: dict[str, Any]) -> str:
    lines = [
        f"{one['transcripts']:>8}  transcripts of {one['branches']} branches, names of {one['unlinked']} branches, "
        f"{one['unjoined']} texts that never joined: "
        f"{one['rule']['category'] or 'any category'}, {one['rule']['outcome'] or 'any outcome'}, {one['rule']['days']} days"
        for one in said["due"]
    ]
    lines.append(f"{said['bodies']:>8}  bodies in quarantine: {settings.RETENTION_DAYS} days")
    return "\n".join([*lines, f"Run {said['run']} has begun." if "run" in said else "Nothing was changed."])
