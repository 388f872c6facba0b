"""`manage.py demo`: everything on this machine, with a world to look at."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.demo.people import PASSWORD, SIGN_INS
from console.launcher import launched
from console.processes import StartError
from console.supervisor import Stopped


class Command(BaseCommand):
    """Start, say where, run until Ctrl-C."""

    help = (
        "Start PostgreSQL, a broker, the web server, a worker, beat, the log's sequencer and the sweeper, with a demo world on first run. "
        "Servers named in DATABASE_URL and BROKER_URL are used instead of embedded ones. Data and logs lie in var/ (RECOURSE_VAR). "
        "Ctrl-C stops everything."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port."""
        parser.add_argument(
            "--port", type=int, default=int(os.environ.get("PORT") or 8000), help="where the web server listens (PORT, 8000)"
        )

    def handle(self, *args: Any, port: int, **options: Any) -> None:  # noqa: ANN401  # Django's signature
        """Run until a stop signal."""
        if settings.RECOURSE_ENV != "demo":
            raise CommandError(f"RECOURSE_ENV is {settings.RECOURSE_ENV}: the demo world belongs to RECOURSE_ENV=demo alone.")
        try:
            with launched(settings.VAR_DIR, port, prepare=["demo_prepare"], say=self.say) as launch:
                self.say(
                    f"\nRecourse runs at {launch.address}\n\n{sign_ins()}\n\nLogs: {launch.place.var / 'log'}. Ctrl-C stops everything."
                )
                launch.supervisor.run()
                self.say("\nStopping")
        except StartError as error:
            raise CommandError(str(error)) from error
        except Stopped:
            self.say("\nStopped before everything ran")

    def say(self, line: str) -> None:
        """Write a line at once, also where the output is a pipe."""
        self.stdout.write(line)
        self.stdout.flush()


def sign_ins() -> str:
    """Return the demo people as lines of e-mail and role, and the password they share."""
    width = max(len(person.email) for person in SIGN_INS)
    lines = [f"  {person.email:<{width}}  {person.role.replace('_', ' ')}" for person in SIGN_INS]
    return "\n".join(["Sign in as one of", *lines, f"with the password  {PASSWORD}"])
