"""Judging: the processor time that a worker spends on conversations, against the classifier's alone on the same turns.

The worker leases, opens, measures and stores as it does in production, in this process, so that its time can be told from that of the
database. A second row says what is gained over one lease and one transaction for each conversation.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from conversations.models import Surface
from moderation import work
from moderation.actions.batches import accept_batch
from moderation.actions.events import read_event
from moderation.classifiers.registry import classifier
from moderation.models import Kind
from tests.benchmarks.harness import Row, Size, interleave, ratios, stopwatch
from tests.benchmarks.stage import Stage
from tests.benchmarks.texts import Supply

WARM = 20
"""So many are judged before anything is measured: what is prepared once is no cost of a conversation."""


def measure(stage: Stage, size: Size) -> list[Row]:
    """Return processor time beside the classifier's, and the gain of batches."""
    world = World(size.times(40, 1000))
    world.worker(0, many=WARM)
    seen = interleave({"worker": world.worker, "classifier": world.classifier}, size.rounds)
    paced = interleave({"together": world.together, "singly": world.singly}, size.rounds)
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
            area="judging in batches",
            against="one lease and one transaction each",
            ours=paced["together"],
            theirs=paced["singly"],
            unit="conversations/s",
            ratio=ratios(paced["together"], paced["singly"]),
            goal=1.0,
        ),
    ]


class World:
    """Conversations that are sent as they are needed, and the ways to judge them."""

    def __init__(self, many: int) -> None:
        self.many, self.supply, self.surface = many, Supply(), Surface.objects.get()

    def send(self, many: int) -> None:
        """Take so many conversations in."""
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

    def together(self, _: int) -> float:
        """Return how many conversations a second a worker judges."""
        return self._pace(50)

    def singly(self, _: int) -> float:
        """Return how many it judges where it takes one at a time."""
        return self._pace(1)

    def _pace(self, limit: int) -> float:
        self.send(self.many)
        with stopwatch() as seconds:
            self._judge_all(limit)
        return self.many / seconds()

    def _judge_all(self, limit: int = 50) -> None:
        while work.run([Kind.JUDGE], limit=limit):
            pass

    def _spent(self, act: Callable[[], object]) -> float:
        began = time.process_time()
        act()
        return (time.process_time() - began) * 1000
