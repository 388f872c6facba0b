"""Knock again for what is due, for ever."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from threading import Event
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand

from moderation.sweeper import SETTLE_SECONDS, settle_once, sweep_once


class Command(BaseCommand):
    """Sweep the work table: a plain loop, since a beat task would need the very broker it guards against."""

    help = (
        "Every 15 s: declare dead what ran out of tries, and wake workers for what is due. "
        "Every minute: settle what time decides, as beat has workers do. Stops on SIGTERM."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take an interval."""
        parser.add_argument("--interval", type=float, default=15.0, help="seconds between sweeps (default 15)")
        parser.add_argument("--once", action="store_true", help="sweep once and exit")

    def handle(self, *args: Any, interval: float, once: bool, **options: Any) -> None:  # noqa: ANN401  # Django's signature
        """Sweep until told to stop."""
        stopping = Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopping.set())
        settle_at = monotonic() + SETTLE_SECONDS
        while not stopping.is_set():
            sweep_once()
            if monotonic() >= settle_at:
                settle_once()
                settle_at = monotonic() + SETTLE_SECONDS
            if once or stopping.wait(interval):
                return
