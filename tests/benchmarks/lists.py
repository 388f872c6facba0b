"""Lists of many endings and reviews: what a page takes, against the stock Django admin over the same tables with the same indexes.

Both servers run as in production and are asked one page after the other by somebody who is signed in: a senior, to whom the queue and the
explorer are shown with everything that their rights cost. The stock way (`admin.py`) shows as many rows of the same, which is checked. Ours
is asked of a fifth of the rows too (`rows.py`): that a page stays as fast however long the history is, is the second claim. In the same tables
transcripts are searched (`searching.py`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from django.test import Client
from django.utils import timezone

from console.views.lists import PAGE_SIZE
from tests import make
from tests.benchmarks.harness import Row, Size, interleave, ratios
from tests.benchmarks.rows import Tables
from tests.benchmarks.searching import index_words, searches
from tests.benchmarks.stage import Stage, Web

GOAL = 10.0
"""How many times as fast. The stock page takes longer with every row and ours does not: of few rows it cannot be reached."""
GROWTH = 2.0
FIFTH = 5
OURS, THEIRS = 40, 10
"""So many times a page is asked for in a round; the stock one less often, for it takes seconds where there are many rows."""
PAGES = {
    "endings, newest": ("/endings/", "/admin/moderation/standing/"),
    "endings, one verdict": ("/endings/?verdict=premature", "/admin/moderation/standing/?outcome__exact=premature"),
    "queue": ("/reviews/", "/admin/moderation/review/?state__exact=open"),
}
ADMIN = "tests.benchmarks.admin_settings"


def measure(stage: Stage, size: Size) -> list[Row]:
    """Return two rows for each page against the stock one, and one for what five times the history costs it."""
    many = size.times(100_000, 5_000_000, large=1_000_000)
    make.make_ending()
    surfaces = make.make_surface(), make.make_surface("/surfaces/companion")
    tables = Tables(many // FIFTH, many, timezone.now(), make.make_person("reviewer"), surfaces)
    cookie = _signed_in(make.make_person("senior"))
    with tables.filled(stage) as (less, more):
        words = index_words(stage.superuser(more), min(many, size.times(20_000, 1_000_000, large=200_000)))
        with _servers(stage, less, more) as servers:
            lists = [
                row for page, (ours, theirs) in PAGES.items() for row in _rows(f"{page} of {many:,}", servers, (ours, theirs), cookie, size)
            ]
            return lists + searches(words, servers[1], cookie, size.rounds)


def _signed_in(person) -> str:
    """Return the cookie of a session."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(person)
    return f"sessionid={client.cookies['sessionid'].value}"


@contextmanager
def _servers(stage: Stage, less: str, more: str) -> Iterator[tuple[Web, Web, Web]]:
    """Run our server over either database, and the stock one over the larger."""
    fewer, all_rows = (stage.postgres.url("recourse_app", name) for name in (less, more))
    with ExitStack() as running:
        yield (
            running.enter_context(stage.web(DATABASE_URL=fewer)),
            running.enter_context(stage.web(DATABASE_URL=all_rows)),
            running.enter_context(stage.web(DATABASE_URL=all_rows, DJANGO_SETTINGS_MODULE=ADMIN)),
        )


def _rows(area: str, servers: tuple[Web, Web, Web], paths: tuple[str, str], cookie: str, size: Size) -> list[Row]:
    fewer, ours, stock = servers
    ways = {
        "fewer": Visitor(fewer, paths[0], "data-row", cookie, OURS),
        "ours": Visitor(ours, paths[0], "data-row", cookie, OURS),
        "stock": Visitor(stock, paths[1], "action-select", cookie, THEIRS),
    }
    for way in ways.values():
        way.visit(0)
        way.tails.clear()
    middles = interleave({name: way.visit for name, way in ways.items()}, size.rounds)
    tails = {name: way.tails for name, way in ways.items()}
    return [
        _faster(f"{area}, median", middles),
        _faster(f"{area}, 95th percentile", tails),
        Row(
            area=f"{area}, 95th percentile",
            against="ours at a fifth of the rows",
            ours=tails["ours"],
            theirs=tails["fewer"],
            unit="ms",
            ratio=ratios(tails["ours"], tails["fewer"]),
            goal=GROWTH,
            at_most=True,
        ),
    ]


def _faster(area: str, seen: dict[str, list[float]]) -> Row:
    """Return how many times as long the stock page takes."""
    ours, stock = seen["ours"], seen["stock"]
    return Row(area, "stock admin changelist", ours, stock, ratios(stock, ours), goal=GOAL, unit="ms")


@dataclass
class Visitor:
    """Asks one server for one page, over a connection that stays open; `tails` holds the 95th percentile of each round."""

    web: Web
    path: str
    row: str
    cookie: str
    times: int
    tails: list[float] = field(default_factory=list)

    def visit(self, number: int) -> float:
        """Ask a round's times; returns the median in milliseconds."""
        connection = self.web.connect()
        took = []
        for _ in range(self.times):
            began = time.perf_counter()
            connection.request("GET", self.path, headers={"Cookie": self.cookie, "Accept-Encoding": "identity"})
            answer = connection.getresponse()
            body = answer.read()
            took.append((time.perf_counter() - began) * 1000)
            self._check(answer.status, body.decode())
        connection.close()
        took.sort()
        self.tails.append(took[int(0.95 * self.times)])
        return took[self.times // 2]

    def _check(self, status: int, body: str) -> None:
        """Raise unless it was a whole page."""
        shown = body.count(f'class="{self.row}"') or body.count(f"<tr {self.row}>")
        if status != 200 or shown != PAGE_SIZE:
            raise RuntimeError(f"{self.path} was answered {status} with {shown} rows")
