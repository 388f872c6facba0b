"""From the key `n` to the next transcript on the screen, in a real browser, against the goal of 150 ms.

Each round starts at the queue and presses the key thirty times; its figure is the 95th percentile, from the key to the second frame after
the first turn stands in the page, so that the paint is in it. Between the presses the item is put back, far down. The web server runs as in
production; the browser shares its cores, as a reviewer's does not.
"""

from __future__ import annotations

import os
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, sync_playwright

from moderation.models import Exposure, Review
from moderation.states import Lane, ReviewState
from tests import make
from tests.benchmarks.harness import Row, Size, ratios
from tests.benchmarks.stage import Stage
from tests.browser import launch

GOAL_MS = 150
ITEMS, PRESSES = 40, 30
SHOWN = "document.querySelector('[data-transcript] [data-turn]')"
PRESS = f"""() => new Promise((done, fail) => {{
  setTimeout(fail, 20_000, new Error("the next transcript never came"));
  const before = performance.now();
  new MutationObserver((_, watch) => {{
    if (!{SHOWN}) return;
    watch.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - before)));
  }}).observe(document.body, {{ childList: true, subtree: true }});
  document.body.dispatchEvent(new KeyboardEvent("keydown", {{ key: "n", code: "KeyN", bubbles: true }}));
}})"""


def measure(stage: Stage, size: Size) -> list[Row]:
    """Return one row: the 95th percentile of each round."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs a loop in this thread; the ORM is ours alone here
    for _ in range(ITEMS):
        make.make_ending()
    person = make.make_person("reviewer")
    with stage.web() as web, sync_playwright() as playwright:
        page = launch(playwright).new_page(base_url=f"http://127.0.0.1:{web.port}")
        _sign_in(page, person.email)
        _round(page)  # in which server and browser warm up
        ours = [_round(page) for _ in range(size.rounds)]
    goal = [float(GOAL_MS)] * len(ours)
    return [Row("n to the next transcript, 95th percentile", "150 ms", ours, goal, ratios(ours, goal), goal=1.0, at_most=True, unit="ms")]


def _sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in/")
    page.locator("#id_username").fill(email)
    page.locator("#id_password").fill(make.PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/")


def _round(page: Page) -> float:
    took = []
    for _ in range(PRESSES):
        page.goto("/reviews/")
        took.append(page.evaluate(PRESS))
        _put_back()
    return sorted(took)[int(0.95 * PRESSES)]


def _put_back() -> None:
    """Let the item in hand wait behind all others, and forget what reading it cost: nobody reads thirty a minute."""
    later = timezone.now() + timedelta(days=30)
    Review.objects.filter(state=ReviewState.CLAIMED).update(state=ReviewState.OPEN, reviewer=None, lane=Lane.DISPUTE, due_at=later)
    Exposure.objects.all().delete()
