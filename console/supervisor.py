"""Keeps children running until told to stop, then stops them in order.

1. A child that ends is started again after a pause that doubles from half a second to half a minute; a child that has run for a
   minute begins at half a second again. Each end and each start is said on the terminal.
2. SIGINT, SIGTERM or SIGHUP ends `run()`, or interrupts what comes before it with `Stopped`. Programs are stopped first, all at
   once; then the servers they use. A second signal stops waiting and kills.
3. Nothing a child writes is touched: it goes to `var/log/<name>.log`.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from console.processes import sweep_group

SHORTEST_PAUSE, LONGEST_PAUSE, STEADY_SECONDS = 0.5, 30.0, 60.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """A stop signal came before `run()`."""


@dataclass
class Child:
    """One child and how to start it; `server` marks those the others need, which stop last."""

    name: str
    spawn: Callable[[], subprocess.Popen[bytes]]
    stop_signal: signal.Signals = signal.SIGTERM
    server: bool = False
    grace_seconds: float = 40
    process: subprocess.Popen[bytes] | None = None
    started: float = field(default_factory=time.monotonic)
    pause: float = SHORTEST_PAUSE
    due: float | None = None

    def start(self) -> None:
        """Start the child now."""
        self.process, self.started, self.due = self.spawn(), time.monotonic(), None


class Supervisor:
    """The children of one launcher; to be used from the main thread."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.children: list[Child] = []
        self._told_to_stop = threading.Event()
        self._running = False
        self._impatient = False

    def add(self, child: Child) -> None:
        """Take a child over, starting it unless it already runs."""
        self.children.append(child)
        if child.process is None:
            child.start()

    def listen(self) -> None:
        """Let the stop signals of this process end `run()`, or raise Stopped before it."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_signal)

    def run(self) -> None:
        """Keep the children running until a stop signal comes."""
        self._running = True
        while not self._told_to_stop.wait(0.25):
            self.tend()

    def tend(self) -> None:
        """Look at each child once: note an end, and start again what is due."""
        now = time.monotonic()
        for child in self.children:
            if child.due is not None and child.due <= now:
                child.start()
                self.say(f"{child.name}: started again")
            elif child.due is None and child.process and child.process.poll() is not None:
                self._note_end(child, child.process, now)

    def stop(self) -> None:
        """Stop the programs, then the servers."""
        for server in (False, True):
            self._stop_all([child for child in self.children if child.server is server])

    def ended(self) -> list[str]:
        """Return the names of the children that do not run just now."""
        return [child.name for child in self.children if child.process is None or child.process.poll() is not None]

    def _note_end(self, child: Child, process: subprocess.Popen[bytes], now: float) -> None:
        sweep_group(process)
        child.pause = SHORTEST_PAUSE if now - child.started > STEADY_SECONDS else child.pause
        child.due = now + child.pause
        self.say(f"{child.name}: ended with code {process.returncode}; starting again in {child.pause:g} s, see its log")
        child.pause = min(2 * child.pause, LONGEST_PAUSE)

    def _stop_all(self, children: list[Child]) -> None:
        running = [(child, child.process) for child in children if child.process and child.process.poll() is None]
        for child, process in running:
            process.send_signal(child.stop_signal)
        for child, process in running:
            self._await_end(child, process)
            sweep_group(process)

    def _await_end(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + child.grace_seconds
        while process.poll() is None:
            if self._impatient or time.monotonic() > deadline:
                self.say(f"{child.name}: killed")
                process.kill()
                process.wait()
            time.sleep(0.02)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._told_to_stop.is_set():
            self._impatient = True
            return
        self._told_to_stop.set()
        if not self._running:
            raise Stopped
