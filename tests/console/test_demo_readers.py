"""The readers of a small demo world: what they leave is evidence in the order in which it is fed."""

from types import SimpleNamespace

import pytest

from console.demo import seed
from console.demo.compose import world
from console.demo.readers import read, truths
from moderation import period_keys
from moderation.actions import reviews
from moderation.actions.founding import first_plan
from moderation.audit import keys
from moderation.models import BudgetOverride, Label, Policy, Review, Unit
from moderation.states import ReviewState, UnitKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def laid(settings, tmp_path, monkeypatch):
    """A small world, judged, its draw the same each time; returns what is true of it and its people."""
    settings.KEYS_DIR = tmp_path / "keys"
    monkeypatch.setattr(period_keys, "secrets", SimpleNamespace(token_bytes=bytes))
    keys.ensure_keys()
    people = seed._people()
    first_plan(actor=seed.SETUP)
    seed._policies(people, people["mara"].created_at)
    made = world(endings=24, controls=4, until=people["mara"].created_at)
    surfaces = {source: seed._surface(source, name) for source, name in seed.NAMES.items()}
    seed._send(made, surfaces, lambda _: None)
    seed._judge(lambda _: None)
    return truths(made), people


def test_endings_under_the_policy_in_force_are_read_from_the_first_on(laid, monkeypatch):
    known, people = laid
    served = []
    monkeypatch.setattr(
        reviews, "claim_next", lambda *lanes, claim=reviews.claim_next, **by: served.append(claim(*lanes, **by)) or served[-1]
    )
    read(known, people)
    live = Policy.objects.live().get()
    drawn = Unit.objects.filter(kind=UnitKind.ENDED, in_base=True, decided_at__gte=live.live_from).order_by("decided_at", "pk")
    answered = set(Label.objects.values_list("unit_id", flat=True))
    were_read = [unit in answered for unit in drawn.values_list("pk", flat=True)]
    first_gap = were_read.index(False)
    assert first_gap >= 3
    assert Label.objects.filter(review__in=[one for one in served if one]).exists(), "the queue's own order has its share"
    assert Review.objects.filter(state=ReviewState.CLAIMED).count() == 1
    again = BudgetOverride.objects.count()
    read(known, people)
    assert BudgetOverride.objects.count() == again, "an interrupted run that goes on allows nothing twice"
