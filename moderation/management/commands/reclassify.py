"""`manage.py reclassify --since DAY --until DAY`: judge endings of a window again as a campaign, beside the verdicts that stand."""

import json
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from moderation.actions.campaigns import Wish, estimate, start_campaign
from moderation.audit.events import service
from moderation.classifiers.registry import DEFAULT, HOSTED, MAKERS, offered, problems
from moderation.models import Policy


class Command(BaseCommand):
    """Start a campaign, or with --estimate only say what it would take; workers do it, its page shows how far it is."""

    help = "Judge endings of a window again under another policy or classifier, beside the verdicts that stand."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the window, the classifier, the policy and the share."""
        parser.add_argument("--since", type=_day, required=True, help="first day, such as 2026-09-01, in UTC")
        parser.add_argument("--until", type=_day, required=True, help="the day after the last one")
        parser.add_argument("--classifier", choices=[*sorted(MAKERS), *HOSTED], default=DEFAULT)
        parser.add_argument("--policy", type=int, help="version; the one in force at each ending where none is given")
        parser.add_argument("--share", type=int, default=100, help="percentage of the endings")
        parser.add_argument("--estimate", action="store_true", help="start nothing: say what it would take")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, policy: int | None, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Start it; exits with 1 where the policy is unknown or the window is none."""
        chosen = Policy.objects.filter(version=policy).first() if policy is not None else None
        if policy is not None and chosen is None:
            raise CommandError(f"There is no policy {policy}.")
        if options["classifier"] not in offered():
            raise CommandError(" ".join(problems([options["classifier"]])))
        wish = Wish(options["since"], options["until"], options["classifier"], chosen, options["share"])
        found = estimate(wish)
        told: dict[str, Any] = {"units": found.units, "seconds": found.seconds, "cost_micros": found.cost, "rests_on": found.rests_on.value}
        if not options["estimate"]:
            try:
                told = {"campaign": start_campaign(wish, actor=service("command")).public_id} | told
            except ValueError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(told) if options["json"] else "\n".join(f"{name}: {value}" for name, value in told.items()))


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
