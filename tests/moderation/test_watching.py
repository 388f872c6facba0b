"""Reading beyond one's norm and broken glass ring, once, until somebody else has looked; what is usual rings seldom."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from moderation.actions import watching
from moderation.actions.policies import SamePerson
from moderation.models import AuditEntry, Opening, ReadingAlarm
from moderation.states import EmergencyReason, Purpose, ReadingFinding
from moderation.statistics.reading import LEAST, is_unusual, norm, pooled
from tests import make

pytestmark = pytest.mark.django_db


def opened(reader, branches, days_ago=0, purpose=Purpose.QUALITY):
    """Note openings as they were some days ago."""
    at = timezone.now() - timedelta(days=days_ago)
    Opening.objects.bulk_create(Opening(user=reader, branch=one, purpose=purpose, opened_at=at, until=at) for one in branches)


@pytest.fixture(scope="session")
def false_alarms():
    """The share of ordinary reader-days that ring, of twenty readers over two hundred days, whose days vary more than chance."""
    rng, rings, days = np.random.default_rng(7), 0, 0
    means = rng.uniform(2, 25, 20)
    past = {reader: [int(rng.negative_binomial(4, 4 / (4 + mean))) for _ in range(28)] for reader, mean in enumerate(means)}
    for _ in range(200):
        mean, dispersion = pooled({reader: own for reader, own in past.items() if own})
        for reader, own in past.items():
            today = int(rng.negative_binomial(4, 4 / (4 + means[reader])))
            read = [count for count in own if count]
            rings += is_unusual(today, norm(read, mean, dispersion).chance(today))
            days += 1
            past[reader] = [*own[1:], today]
    return rings / days


@pytest.mark.django_db(databases=[])
def test_ordinary_days_ring_seldom(false_alarms):
    assert 0 < false_alarms < 0.005


def test_far_above_rings_and_a_little_above_does_not():
    own = [4, 6, 5, 3, 7, 5, 4, 6]
    usual = norm(own, 8, 1.5)
    assert usual.expected == pytest.approx((40 + 8) / 9)
    assert not is_unusual(11, usual.chance(11))
    assert is_unusual(30, usual.chance(30))
    assert not is_unusual(LEAST - 1, 0.0)
    assert usual.chance(0) == 1
    assert norm([], 6, 1).expected == 6
    assert pooled({}) == (1.0, 1.0)


def test_a_day_rings_once_and_names_its_figures(compliance, senior):
    branches = [make.make_ending(judged=False).branch for _ in range(40)]
    for days_ago in range(1, 12):
        opened(compliance, branches[: 2 + days_ago % 3], days_ago)
        opened(senior, branches[: 2 + days_ago % 2], days_ago)
    opened(senior, branches[:3])
    assert watching.raise_unusual() == 0
    opened(compliance, branches)
    opened(senior, branches, purpose=Purpose.REVIEW)
    assert (watching.raise_unusual(), watching.raise_unusual()) == (1, 0)
    alarm = ReadingAlarm.objects.get()
    assert (alarm.reader, alarm.opened) == (compliance, 40)
    assert alarm.expected == pytest.approx(3, abs=0.5)
    assert alarm.chance < 1e-6
    entry = AuditEntry.objects.filter(action="reading.unusual").order_by("-id").first()
    assert (entry.target_id, entry.entry["codes"]["opened"]) == (str(compliance.audit_id), 40)


def test_opening_one_conversation_twice_counts_once(compliance):
    branch = make.make_ending(judged=False).branch
    for _ in range(20):
        opened(compliance, [branch])
    [day] = watching.reading_days(timezone.now().date())
    assert day.opened == 1


def test_broken_glass_is_recorded_first_and_somebody_else_looks(operator, compliance):
    branch = make.make_ending().branch
    watching.break_glass(branch, EmergencyReason.DANGER, actor=operator)
    alarm = ReadingAlarm.objects.get()
    actions = list(AuditEntry.objects.about("branch", branch.public_id).order_by("id").values_list("action", flat=True))
    assert {"transcript.viewed", "glass.broken"} <= set(actions)
    with pytest.raises(SamePerson):
        watching.note_finding(alarm.public_id, ReadingFinding.JUSTIFIED, actor=operator)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReadingAlarm.objects.update(seen_by=operator)
    watching.note_finding(alarm.public_id, ReadingFinding.NOT_JUSTIFIED, actor=compliance)
    with pytest.raises(watching.AlreadySeen):
        watching.note_finding(alarm.public_id, ReadingFinding.JUSTIFIED, actor=compliance)
    assert not ReadingAlarm.objects.ringing().exists()
