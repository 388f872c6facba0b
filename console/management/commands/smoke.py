"""`manage.py smoke`: does all of it work together, on this machine, now?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from console.smoke import SmokeFailed, run_smoke
from console.supervisor import Stopped


class Command(BaseCommand):
    """Start everything, send one event, read its page, stop everything."""

    help = (
        "Start everything on a free port in a throw-away folder, send one signed event, wait until a worker has judged it, read its page "
        "as a signed-in reviewer, and stop. Exit 0, or 1 with what failed. Takes two minutes at most."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # Django's signature
        """Walk the way of one ending."""
        try:
            run_smoke(self.say)
        except SmokeFailed as error:
            raise CommandError(f"Smoke test failed: {error}") from error
        except Stopped:
            raise CommandError("Smoke test stopped before its end.") from None
        self.say("everything stopped; all well")

    def say(self, line: str) -> None:
        """Write a line at once, also where the output is a pipe."""
        self.stdout.write(line)
        self.stdout.flush()
