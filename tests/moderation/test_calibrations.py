"""Labels bend scores only when enough of them say so and another person agrees."""

import numpy as np
import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from conversations.models import Transcript
from conversations.tree import Role
from moderation import calibrating, work
from moderation.actions import reviews
from moderation.actions.calibrations import approve_calibration, in_use, propose_calibration, refuse_calibration
from moderation.actions.policies import SamePerson
from moderation.audit.events import Event
from moderation.calibrating import Calibrated, TooFew, bent, fit
from moderation.classifiers.base import FULL, Measured, TurnMeasures
from moderation.classifiers.registry import classifier
from moderation.models import AuditEntry, Calibration, Classification, Curve, Kind, Review, Standing, Verdict, WorkItem
from moderation.states import Answer, CalibrationState, Category, IllegalMove, Outcome
from tests import kept, make


def world(n, seed=7):
    """Scores that say too much: the truth is their square."""
    rng = np.random.default_rng(seed)
    scores = np.round(rng.random(n), 4)
    return scores, (rng.random(n) < scores**2).astype(float), rng.choice([1.0, 4.0], n)


def test_a_curve_repairs_scores_that_say_too_much():
    fitted = fit(*world(1_500))
    assert (fitted.method, fitted.labels) == ("isotonic", 1_500)
    assert fitted.ece[1] < 0.05 < fitted.ece[0]
    assert fitted.brier[1] < fitted.brier[0]
    assert abs(fitted.knots[50] / FULL - 0.25) < 0.12


def test_isotonic_is_that_of_scikit_learn():
    scores, labels, weights = world(600)
    oracle = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(scores, labels, sample_weight=weights)
    expected = oracle.predict(np.linspace(0, 1, calibrating.KNOTS)) * FULL
    assert np.abs(np.array(fit(scores, labels, weights).knots) - expected).max() <= 1


def test_few_labels_get_a_smooth_curve_and_fewer_none():
    assert fit(*world(120)).method == "platt"
    assert fit(*world(20)) is None
    scores, _, weights = world(300)
    assert fit(scores, np.zeros(300), weights) is None
    assert fit([], [], []) is None


knots = st.lists(st.integers(0, FULL), min_size=calibrating.KNOTS, max_size=calibrating.KNOTS).map(sorted)


@given(knots, st.integers(0, FULL), st.integers(0, FULL))
def test_a_curve_rises_and_stays_in_range(curve, one, other):
    low, high = sorted((one, other))
    assert 0 <= bent(low, curve) <= bent(high, curve) <= FULL or low == 0
    assert bent(0, curve) == 0


def test_only_categories_bend_never_a_sign_of_crisis():
    turn = TurnMeasures(0, Role.USER, {"violence": 8_000, "hate": 8_000, "crisis_self": 8_000})
    half = tuple(at * 50 for at in range(calibrating.KNOTS))
    made = Calibrated(classifier(), 3, {"violence": half})
    assert made.bend(Measured((turn,)))[0].scores == {"violence": 4_000, "hate": 8_000, "crisis_self": 8_000}
    assert made.version == f"{classifier().version}+c3"
    assert made.artifact != classifier().artifact
    assert {one.value for one in Category} >= set(made.curves)


pytestmark = pytest.mark.django_db


@pytest.fixture
def labelled(db, monkeypatch):
    """Twelve endings by the ladder, half of them labelled as violent, half as right in nothing."""
    monkeypatch.setattr(calibrating, "LEAST_EFFECTIVE", 8)
    monkeypatch.setattr(calibrating, "LEAST_OF_EACH", 3)
    kept.lay("twelve labelled", twelve_labelled)
    return make.make_surface()


def twelve_labelled():
    make.make_ground()
    reviewer = make.make_person("reviewer")
    for number in range(12):
        ending = make.make_ending() if number % 2 else make.make_ending(*make.ORDINARY)
        review = Review.objects.get(unit__branch=ending.branch)
        reviews.claim_review(review.pk, actor=reviewer)
        make.read(review, reviewer)
        said = make.statement(category=Category.VIOLENCE) if number % 2 else make.statement(Answer.NO)
        reviews.submit_review(review.pk, said, actor=reviewer)
        reviews.decide_review(review.pk)


def test_too_few_labels_propose_nothing(ground, policy_owner):
    with pytest.raises(TooFew):
        propose_calibration(actor=policy_owner)
    assert not Calibration.objects.exists()


def test_a_proposal_takes_two_people_and_then_bends_what_comes(labelled, policy_owner):
    made = propose_calibration(actor=policy_owner)
    curve = made.curves.get(category="violence")
    assert (made.version, made.state, curve.surface, curve.labels) == (1, "proposed", labelled, 12)
    assert in_use(labelled.pk) is classifier()
    with pytest.raises(SamePerson):
        approve_calibration(1, actor=policy_owner)
    approve_calibration(1, actor=make.make_person("policy_owner"))
    assert in_use(labelled.pk).version.endswith("+c1")

    ending = make.make_ending()
    rows = Classification.objects.filter(branch=ending.branch).order_by("classifier_version")
    assert [row.classifier_version for row in rows] == [classifier().version, f"{classifier().version}+c1"]
    raw, bended = (row.measures()[0].scores["violence"] for row in rows)
    assert bended == bent(raw, curve.knots)
    assert ending.verdicts.first().classification == rows[1]
    assert Standing.objects.get(ending=ending).outcome in set(Outcome)
    events = (Event.CALIBRATION_PROPOSED, Event.CALIBRATION_APPROVED)
    assert AuditEntry.objects.about("calibration", "C-1").naming(*events).count() == 2


def test_old_endings_are_judged_again_without_opening_a_transcript(labelled, policy_owner, senior, monkeypatch):
    propose_calibration(actor=policy_owner)
    before = Verdict.objects.count()
    monkeypatch.setattr(Transcript, "content", lambda _: pytest.fail("a transcript was opened"))
    approve_calibration(1, actor=senior)
    while work.run():
        pass
    again = Verdict.objects.filter(classification__classifier_version=f"{classifier().version}+c1")
    assert (before, again.count(), Verdict.objects.count()) == (12, 12, 24)
    assert not WorkItem.objects.exclude(state="done").exists()
    curve = Curve.objects.get(category="violence")
    raw, bended = (
        Classification.objects.get(branch=again[0].ending.branch, classifier_version=version).measures()[0].score("violence")
        for version in (classifier().version, f"{classifier().version}+c1")
    )
    assert bended == bent(raw, curve.knots)
    assert all(Standing.objects.get(ending=one.ending).outcome == one.outcome for one in again)


def test_judging_again_twice_or_after_its_calibration_was_superseded_gives_one_verdict(labelled, policy_owner, senior):
    for version in (1, 2):
        propose_calibration(actor=policy_owner)
        approve_calibration(version, actor=senior)
    while work.run():
        pass
    WorkItem.objects.filter(kind__in=[Kind.RECALIBRATE, Kind.REJUDGE]).update(state="ready", not_before=timezone.now(), done_at=None)
    while work.run():
        pass
    versions = Verdict.objects.values_list("classification__classifier_version", flat=True)
    latest = [one for one in versions if one.endswith("+c2")]
    assert len(latest) == 12
    assert len(versions) == 12 + 12 * len({one for one in versions if "+" in one})


def test_a_later_one_takes_its_place(labelled, policy_owner, senior):
    for version in (1, 2):
        propose_calibration(actor=policy_owner)
        approve_calibration(version, actor=senior)
    assert [one.term for one in Calibration.objects.order_by("version")] == [CalibrationState.SUPERSEDED, CalibrationState.LIVE]
    with pytest.raises(IllegalMove):
        refuse_calibration(2, actor=senior)


def test_a_refused_one_never_comes_into_force(labelled, policy_owner, senior):
    propose_calibration(actor=policy_owner)
    refuse_calibration(1, actor=policy_owner)
    with pytest.raises(IllegalMove):
        approve_calibration(1, actor=senior)


def test_the_database_holds_the_rules_too(labelled, policy_owner):
    made = propose_calibration(actor=policy_owner)
    with pytest.raises(DatabaseError, match="versions, not edits"), transaction.atomic():
        Curve.objects.update(labels=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Calibration.objects.filter(pk=made.pk).update(approver=policy_owner)


def test_tainted_and_undrawn_labels_teach_nothing(labelled, policy_owner):
    Review.objects.first().unit.__class__.objects.update(in_base=False)
    with pytest.raises(TooFew):
        propose_calibration(actor=policy_owner)


def test_figures_are_of_labels_the_curve_has_not_seen():
    scores, labels, weights = world(400)
    random = np.random.default_rng(1).permutation(labels)
    flat = float(np.average((np.average(random, weights=weights) - random) ** 2, weights=weights))
    assert fit(scores, random, weights).brier[1] >= flat - 0.01  # nothing can be learnt from chance
