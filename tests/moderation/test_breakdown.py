"""Where endings fail: each wrongful label counts once, by the first check that it fails, and owed ones leave the range open."""

from datetime import timedelta

import pytest
from django.utils import timezone

from moderation.breakdown import breakdown
from moderation.models import CandidateTurn, Unit
from moderation.statements import Checked
from moderation.states import Answer, Check, Result, Round, UnitKind
from tests import make

pytestmark = pytest.mark.django_db


def span():
    return timezone.now() - timedelta(days=400), timezone.now() + timedelta(days=1)


def failing(*checks, **more):
    return make.statement(Answer.NO, checks=tuple(Checked(one, Result.FAIL, (5,)) for one in checks), **more)


def read(said, kind=None):
    """Make a drawn ending and let somebody read it; `kind` makes it one that went on."""
    unit = make.make_review().unit
    Unit.objects.filter(pk=unit.pk).update(in_base=True, **({"kind": kind} if kind else {}))
    if said is not None:
        make.answer(unit.reviews.get(round=Round.FIRST), make.make_person("reviewer"), said)
        make.agree()
    return unit


def test_each_wrongful_ending_counts_once_by_its_first_failed_check():
    read(failing(Check.WARNED, Check.PERSISTED_AFTER_WARNING))
    read(failing(Check.REDIRECTED, Check.WARNED))
    read(make.statement(Answer.NO_CRISIS, crisis_from=3))
    read(make.statement())
    found = dict(breakdown(*span()).failings)
    assert list(found) == ["crisis", Check.REDIRECTED, Check.WARNED]
    assert [one.estimate.value for one in found.values()] == pytest.approx([0.25] * 3)
    read(None)
    later = dict(breakdown(*span()).failings)
    assert all(one.ends.high > found[why].ends.high for why, one in later.items()), "one waits for a label"


def test_a_warning_in_a_crisis_and_harm_without_a_warning_have_rates_of_their_own():
    early, late = (read(make.statement(Answer.NO_CRISIS, crisis_from=turn)) for turn in (1, 9))
    checks = (Checked(Check.PERSISTENT_HARM, Result.PASS, (1,)), Checked(Check.WARNED, Result.FAIL, ()))
    read(make.statement(Answer.NO, checks=checks), UnitKind.CONTINUED)
    read(make.statement(Answer.NO), UnitKind.CONTINUED)
    CandidateTurn.objects.update(warned_at=None)
    CandidateTurn.objects.filter(unit__in=[early, late]).update(warned_at=5)
    found = breakdown(*span())
    assert found.warned_in_crisis.estimate.value == pytest.approx(0.5)
    assert found.unwarned_harm.estimate.value == pytest.approx(0.5)


def test_with_nothing_drawn_it_says_so():
    found = breakdown(*span())
    assert found.failings == []
    assert "No drawn unit" in found.warned_in_crisis.why_not
    assert "No drawn unit" in found.unwarned_harm.why_not
