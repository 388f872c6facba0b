"""What waits for somebody in the demo world, or was done once: a change of the plan, a calibration, a campaign, a notice, a quarantined event."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

from django.utils import timezone

from conversations.models import Quarantined, Surface
from moderation.actions.batches import accept_batch
from moderation.actions.bulk import change_many
from moderation.actions.calibrations import propose_calibration
from moderation.actions.campaigns import Wish, start_campaign
from moderation.actions.desks import save_view
from moderation.actions.notices import issue_notice
from moderation.actions.plans import Change, propose_plan, rates_of
from moderation.calibrating import TooFew
from moderation.models import (
    BulkChange,
    Calibration,
    Campaign,
    IssuedNotice,
    PlanProposal,
    Review,
    SamplingPlan,
    SavedView,
    Standing,
    User,
)
from moderation.states import BulkMove, BulkReason, Lane, Outcome, UnitKind

BROKEN = b'{"specversion": "1.0", "type": "conversation.ended", "source": "/surfaces/web-chat", "id": "demo-broken", "data": {}}'
REJUDGED = timedelta(days=7)
SHARE = 20
MOVED = 5

People = Mapping[str, User]


def prepare(people: People, surface: Surface) -> None:
    """Leave one of each in the lists, by the actions of the pages; what is there already is left alone."""
    if not PlanProposal.objects.exists():
        _change_plan(people["teo"])
    if not Calibration.objects.exists():
        with suppress(TooFew):  # a small world has too few labels of any category
            propose_calibration(actor=people["teo"])
    if not Campaign.objects.exists():
        now = timezone.now()
        start_campaign(Wish(now - REJUDGED, now, share=SHARE), actor=people["ruth"].as_actor(), author=people["ruth"])
    if not IssuedNotice.objects.exists():
        found = Standing.objects.filter(outcome=Outcome.JUSTIFIED).exclude(reason="user_request").order_by("-ended_at", "ending").first()
        if found is not None:
            issue_notice(found.ending_id, actor=people["amal"])
    if not BulkChange.objects.exists():
        waiting = Review.objects.waiting().filter(lane=Lane.AUDIT).order_by("due_at", "id").values_list("pk", flat=True)
        change_many(list(waiting[:MOVED]), BulkMove.LATER, BulkReason.ABSENCE, actor=people["priya"])
    if not Quarantined.objects.exists():
        accept_batch([BROKEN], surface, auth="demo")
    if not SavedView.objects.exists():
        save_view(people["ines"], page="endings", name="Wrongful, this month", query="verdict=wrongful")


def _change_plan(author: User) -> None:
    """Propose to read more of the requests that were refused; another person adopts it or does not."""
    plan = SamplingPlan.objects.order_by("-version").first()
    rates = rates_of(plan)
    kinds = {kind: rates.pop(kind.value) for kind in UnitKind}
    strata = {name: "1" if name.startswith(UnitKind.REFUSED) else rate for name, rate in rates.items()}
    why = "Two missed endings were found among refused requests. Reading all of them for a month tells whether the gate is too strict."
    propose_plan(Change(kinds | {UnitKind.REFUSED: "1"}, strata), why=why, actor=author)
