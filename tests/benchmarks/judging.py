"""Judging: the processor time that a worker spends on conversations, against the classifier's alone on the same turns.

The worker leases, opens, measures and stores as it does in production, in this process, so that its time can be told from that of the
database. A second row says what is gained by knocks: a message wakes a worker, which leases and stores many at a time. Against it stands the
usual way, a Celery task for each event, on the same broker, by the same worker with the same two processes. Both begin with conversations
that are stored and with an empty queue of messages; sending the messages counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from unittest.mock import patch

from conversations.models import Surface
from moderation import tasks, work
from moderation.actions.batches import accept_batch
from moderation.actions.events import read_event
from moderation.classifiers.registry import classifier
from moderation.models import Kind, WorkItem
from moderation.states import WorkState
from tests.benchmarks import per_event
from tests.benchmarks.harness import Row, Size, interleave, ratios, stopwatch
from tests.benchmarks.stage import Stage
from tests.benchmarks.texts import Supply

WARM = 20
"""So many are judged before anything is measured: what is prepared once is no cost of a conversation."""
PROCESSES = 2
GIVE_UP_SECONDS = 600


def measure(stage: Stage, size: Size) -> list[Row]:
    """Return processor time beside the classifier's, and the gain of batches."""
    world = World(size.times(40, 1000), queued=size.times(200, 1000))
    world.worker(0, many=WARM)
    seen = interleave({"worker": world.worker, "classifier": world.classifier}, size.rounds)
    with stage.worker(include=per_event.__name__):
        world.per_event(0, many=2 * WARM)  # both of its processes, which a knock for so few would not reach
        paced = interleave({"knocked": world.knocked, "per event": world.per_event}, size.rounds)
    return [
        Row(
            area="judging, processor time of a worker",
            against="the bare classifier",
            ours=seen["worker"],
            theirs=seen["classifier"],
            unit="ms",
            ratio=ratios(seen["worker"], seen["classifier"]),
            goal=1.3,
            at_most=True,
        ),
        Row(
            area="judging, woken by a knock and many at a time",
            against="one Celery task per event, same broker and worker",
            ours=paced["knocked"],
            theirs=paced["per event"],
            unit="conversations/s",
            ratio=ratios(paced["knocked"], paced["per event"]),
            goal=7.0,
        ),
    ]


class World:
    """Conversations that are sent as they are needed, and the ways to judge them."""

    def __init__(self, many: int, *, queued: int) -> None:
        self.many, self.queued, self.supply, self.surface = many, queued, Supply(), Surface.objects.get()

    def send(self, many: int) -> None:
        """Take so many conversations in."""
        with patch.object(tasks.Knock, "knock"):  # who judges, and when, is what is measured
            results = accept_batch(self.supply.take(many), self.surface, auth="bench")
        assert {one.status for one in results} == {"accepted"}

    def worker(self, _: int, many: int = 0) -> float:
        """Return the milliseconds of processor time for each conversation that a worker judges."""
        self.send(many or self.many)
        return self._spent(self._judge_all) / (many or self.many)

    def classifier(self, _: int) -> float:
        """Return the same for the classifier alone, on as many conversations."""
        chosen, turns = classifier(), [read_event(raw, self.surface, auth="file").data.transcript for raw in self.supply.take(self.many)]
        return self._spent(lambda: [chosen.measure(one) for one in turns]) / self.many

    def knocked(self, _: int) -> float:
        """Return how many conversations a second are judged by those whom a knock for each process of the worker wakes."""
        return self._pace(lambda _: per_event.judge_due.delay(), PROCESSES, self.queued)

    def per_event(self, _: int, many: int = 0) -> float:
        """Return how many are judged where each has a message of its own."""
        return self._pace(lambda _: per_event.judge_one.delay(), many or self.queued, many or self.queued)

    def _pace(self, message: Callable[[int], object], messages: int, many: int) -> float:
        self.send(many)
        deadline = time.monotonic() + GIVE_UP_SECONDS
        with stopwatch() as seconds:
            for number in range(messages):
                message(number)
            while WorkItem.objects.filter(kind=Kind.JUDGE).exclude(state=WorkState.DONE).exists():
                assert time.monotonic() < deadline, "the worker does not come to an end"
                time.sleep(0.01)
        return many / seconds()

    def _judge_all(self) -> None:
        while work.run([Kind.JUDGE]):
            pass

    def _spent(self, act: Callable[[], object]) -> float:
        began = time.process_time()
        act()
        return (time.process_time() - began) * 1000
