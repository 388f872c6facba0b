"""`manage.py audit_sequence`: the process that fills the tree and signs it."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from moderation.audit import keys, publishing, sequencer


class Command(BaseCommand):
    """Sequence until stopped."""

    help = (
        "Give entries their leaves and sign the tree, until stopped; waits where the log was not opened yet. "
        "Exit 0 done, 1 the log contradicts what was signed, 2 could not run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how long and how often."""
        parser.add_argument("--once", action="store_true", help="end when nothing is left")
        parser.add_argument("--interval", type=float, default=0.5, help="seconds between looks at an empty inbox (default 0.5)")
        parser.add_argument("--json", action="store_true", help="print one JSON object a batch")

    def handle(self, *, once: bool, interval: float, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Run until a signal asks for the end."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())

        def tell(news: sequencer.News) -> None:
            self.stdout.write(news.line(as_json=options["json"]))

        if not once:
            sequencer.await_log(stop, interval, tell=tell)
        try:
            with publishing.beside(stop, using=sequencer.alias(), once=once, tell=tell):
                held = sequencer.follow(stop, interval, once=once, tell=tell)
        except (sequencer.SequencingRefused, keys.KeyUnusable, DatabaseError) as error:
            self.stderr.write(f"Nothing was signed: {error}")
            raise SystemExit(1 if isinstance(error, sequencer.SequencingRefused) else 2) from error
        if once and not held:
            raise SystemExit(2)
