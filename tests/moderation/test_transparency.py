"""Transparency reports: parts add up, rates are those of the draw, and few people are never pointed at."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from django.utils import timezone

from moderation.actions import appeals
from moderation.actions.draws import adopt_plan
from moderation.automated_means import NOT_COVERED, TOO_FEW, means_of, rates
from moderation.evidence import evidence_of, settled_labels
from moderation.exports.transparency import HEADINGS_ONLY
from moderation.models import Appeal, ExportFormat, ExportKind, Review, Unit
from moderation.replay.impact import Rate
from moderation.replay.sample import Sample
from moderation.replay.units import Replay
from moderation.states import Answer, EndReason, Round, UnitKind
from moderation.statistics.censoring import NEVER
from moderation.statistics.truth import Truth
from moderation.transparency import LABELS, Rates, report_of, restricting, suppressed, whole_months, without_small
from tests import kept, make
from tests.moderation.test_exports import built

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]
SPAN = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def world(own_log):
    """Some endings, one at the user's wish, some read, some appealed and decided."""
    kept.lay("appealed and decided", reported, own_keys=True)


def reported():
    make.make_ground()
    events = [make.ended(conversation=make.a_conversation(locale="de" if number % 3 == 0 else "en")) for number in range(9)]
    for event in (*events, make.ended(reason="user_request", category=None)):
        make.send(event)
    for number, event in enumerate(events[:7]):
        make.send(make.about("appeal.filed", event, text=f"Again {number}"))
    make.judge_all()
    senior, reader = make.make_person("senior"), make.make_person("reviewer")
    for number, appeal in enumerate(Appeal.objects.order_by("received_at")[:5]):
        appeals.take_appeal(appeal.pk, actor=senior)
        appeals.decide_appeal(appeal.pk, granted=number < 2, actor=senior)
    for number, review in enumerate(Review.objects.filter(round=Round.FIRST).order_by("opened_at")):
        if review.term.value == "open":
            make.answer(review, reader, make.statement(Answer.NO if number == 0 else Answer.YES))
    make.agree()


@pytest.fixture
def parts(world):
    _, members = built(ExportKind.TRANSPARENCY, ExportFormat.CSV)
    return {name: list(csv.DictReader(io.StringIO(raw.decode(), newline=""))) for name, raw in members.items() if name.startswith("part-")}


def test_there_are_eleven_parts_and_four_carry_headings_only(parts):
    assert sorted(parts) == [f"part-{number:02}.csv" for number in range(1, 12)]
    assert all(parts[f"part-{number:02}.csv"] == [] for number in HEADINGS_ONLY)


def test_measures_add_up_to_the_endings_that_restrict(parts):
    total = sum(int(row["measures_own_initiative"]) for part in (5, 6) for row in parts[f"part-{part:02}.csv"])
    assert total == restricting(*SPAN).count() == 9
    assert {row["measures_own_initiative"] for row in parts["part-06.csv"]} == {
        row["provision_of_service_termination"] for row in parts["part-06.csv"]
    }


def test_complaints_add_up_to_the_appeals(parts):
    found = {row["indicator"]: row["value"] for row in parts["part-07.csv"]}
    assert found["complaints"] == "7"
    assert (found["decision reversed"], found["decision upheld"], found["not decided yet"]) == ("2", "3", "2")


def test_a_cell_without_enough_labels_stays_empty_and_says_why(parts):
    precision = [row for row in parts["part-08.csv"] if row["indicator"] == "precision"]
    assert {row["value"] for row in precision} == {""}
    assert all("30 labels" in row["context"] for row in precision)
    assert all(row["context"] for row in parts["part-08.csv"] if row["value"] == "")
    assert {row["context"] for row in parts["part-08.csv"] if row["indicator"] in {"accuracy", "recall"}} == {NOT_COVERED}


def test_with_enough_labels_the_rate_is_that_of_the_draw(world, monkeypatch):
    monkeypatch.setattr("moderation.transparency.LABELS", 2)
    report = report_of(*SPAN)
    evidence = evidence_of(Unit.objects.values_list("window", flat=True).first())
    assert report.whole.wrongful.value == evidence.rate(evidence.wrongful).value
    assert {one.name for one in report.by_language} == {"de", "en"}
    assert {one.labels for one in report.by_language} == {None}, "two languages of few people"
    assert (report.whole.owed, report.whole.provisional) == (evidence.owed, evidence.owed > 0)
    assert LABELS == 30


def test_while_labels_are_owed_a_rate_is_provisional(world, monkeypatch):
    monkeypatch.setattr("moderation.transparency.LABELS", 2)
    before = report_of(*SPAN).whole
    unread = Unit.objects.filter(labels__isnull=False).first()
    monkeypatch.setattr(
        "moderation.evidence.settled_labels", lambda found: {key: one for key, one in settled_labels(found).items() if key != unread.pk}
    )
    after = report_of(*SPAN).whole
    assert (before.owed, before.provisional) == (0, False)
    assert (after.owed, after.provisional) == (None, True), "one alone is not told"
    assert after.wrongful.high - after.wrongful.low > before.wrongful.high - before.wrongful.low


def test_the_report_counts_what_happened(world):
    report = report_of(*SPAN)
    assert report.endings == 10
    assert (report.appeals.filed, report.appeals.granted, report.appeals.waiting, report.appeals.withdrawn) == (7, None, None, 0)
    assert (report.refused, report.feedback) == (0, 0)
    assert report.appeals.time.hours is not None
    assert report.appeals.time.n >= 5
    reasons = {one.name: one.count for one in report.reasons}
    assert reasons == {EndReason.PERSISTENT_HARM.label: None, EndReason.USER_REQUEST.label: None}


def test_few_refusals_controls_feedback_and_endings_are_not_told(ground):
    for event in (make.ended(allowed=False, failed_check="warned"), make.continued()):
        make.send(event)
    ending = make.ended()
    make.send(ending)
    make.send(make.about("feedback.given", ending, thumbs="down"))
    make.judge_all()
    report = report_of(*SPAN)
    assert (report.endings, report.refused, report.continued, report.feedback) == (None, None, None, None)
    assert (report.whole.endings, report.whole.labels, report.whole.owed) == (None, None, None)
    assert not report.is_empty


def test_a_median_does_not_tell_by_its_number_what_is_left_out(world):
    Appeal.objects.filter(state="denied").update(state="granted")
    Appeal.objects.filter(state="filed").update(state="withdrawn")
    one = Appeal.objects.filter(state="granted").first()
    Appeal.objects.filter(pk=one.pk).update(state="denied", filed_at=one.filed_at)
    later = Appeal.objects.filter(state="withdrawn").first()
    Appeal.objects.filter(pk=later.pk).update(state="granted", decided_at=timezone.now())
    found = report_of(*SPAN).appeals
    assert (found.granted, found.denied, found.withdrawn) == (5, None, None)
    assert found.time.hours is not None
    assert found.time.n is None


def test_report_json_shows_no_small_count(world):
    _, members = built(ExportKind.TRANSPARENCY, ExportFormat.CSV)
    report = json.loads(members["report.json"])
    shown = [one["count"] for name in ("reasons", "categories", "verdicts", "models", "languages") for one in report[name]]
    shown += [report[name] for name in ("endings", "refused", "continued", "feedback")]
    shown += [report["appeals"][name] for name in ("filed", "granted", "denied", "withdrawn", "waiting")]
    assert None in shown
    assert not [count for count in shown if count is not None and 0 < count < 5]


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"a": 10, "b": 7, "c": 3}, {"a": 10, "b": None, "c": None}),
        ({"a": 10, "b": 3, "c": 2}, {"a": 10, "b": None, "c": None}),
        ({"a": 10, "b": 0}, {"a": 10, "b": 0}),
        ({"a": 4}, {"a": None}),
        ({}, {}),
    ],
)
def test_a_small_count_cannot_be_found_by_subtraction(counts, shown):
    assert suppressed(counts) == shown


def test_few_that_wait_for_a_label_are_left_out_and_subtraction_does_not_show_them():
    rows = [
        Rates(name, endings, endings - owed, owed, owed > 0, None, None)
        for name, endings, owed in (("a", 40, 4), ("b", 30, 9), ("c", 20, 12))
    ]
    assert [(one.endings, one.labels, one.owed) for one in without_small(rows)] == [(40, 36, None), (30, 21, None), (20, 8, 12)]
    assert [(one.endings, one.owed, one.provisional) for one in without_small(rows[:1])] == [(40, None, True)]
    assert [(one.endings, one.labels) for one in without_small([Rates("d", 12, 3, 9, provisional=True, wrongful=None, crisis=None)])] == [
        (12, None)
    ]
    hidden = without_small([Rates("e", 3, 3, 0, provisional=False, wrongful=None, crisis=None), *rows])
    assert [one.endings for one in hidden] == [None, 40, 30, None]


def test_only_whole_months_enter_rates():
    since, until = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    assert whole_months(since, until) == ["2026-02", "2026-03"]
    assert whole_months(since, datetime(2026, 2, 3, tzinfo=UTC)) == []


def test_a_period_without_anything_is_empty(ground):
    report = report_of(datetime(2021, 1, 1, tzinfo=UTC), datetime(2021, 7, 1, tzinfo=UTC))
    assert (report.endings, report.whole.wrongful, report.by_model) == (0, None, [])


class TestAutomatedMeans:
    """Of 1,000 endings one in ten was wrong; of 100,000 conversations that went on 1 % are sent, and one in fifty should have been ended."""

    def drawn(self, *, sent=1000):
        right = np.concatenate([np.where(np.arange(1000) % 10, 3, NEVER), np.where(np.arange(sent) % 50, NEVER, 3)])
        never = np.full(len(right), NEVER)
        sample = Sample(
            place=np.arange(len(right)),
            pi=np.where(np.arange(len(right)) < 1000, 1.0, 0.01),
            base=np.ones(len(right), bool),
            rates=np.zeros(len(right), np.int64),
            labelled=np.ones(len(right), bool),
            truth=Truth.told(right, never, never, never),
            category=np.full(len(right), ""),
        )
        turns = np.where(np.arange(len(right)) < 1000, 5, NEVER)
        return sample, Replay(turns, np.zeros(len(right), bool)), np.ones(len(right), bool), turns == NEVER

    def test_what_went_on_weighs_as_much_as_it_stands_for(self):
        found = rates("total", *self.drawn())
        assert found.accuracy.estimate.value == pytest.approx((900 + 98_000) / 101_000)
        assert found.recall.estimate.value == pytest.approx(900 / (900 + 2_000))
        assert found.recall.estimate.low < 900 / 2_900 < found.recall.estimate.high
        assert found.recall.estimate.n == 920

    def test_labels_that_are_owed_widen_both(self):
        sample, *given = self.drawn()
        owed = replace(sample, labelled=np.arange(2000) % 20 != 0)
        for name in ("accuracy", "recall"):
            whole, part = (getattr(rates("total", one, *given), name) for one in (sample, owed))
            assert part.waiting == 100
            assert part.ends.low < whole.ends.low < whole.ends.high < part.ends.high

    def test_what_rests_on_few_labels_is_not_stated(self):
        found = rates("total", *self.drawn(sent=20))
        assert found.accuracy.estimate is found.recall.estimate is None
        assert found.accuracy.why_not == found.recall.why_not == NOT_COVERED
        sample, *given = self.drawn()
        none_deserved = replace(sample, truth=Truth.told(*([np.full(2000, NEVER)] * 4)))
        found = rates("total", none_deserved, *given)
        assert found.accuracy.estimate is not None
        assert found.recall == Rate(None, why_not=TOO_FEW)

    def test_labels_of_the_draw_are_stated_in_total_and_by_language(self, ground, monkeypatch):
        monkeypatch.setattr("moderation.automated_means.LABELS", 1)
        adopt_plan(dict.fromkeys(UnitKind, "1"), strata={}, actor=make.TESTS)
        make.send(make.ended())
        for locale in ("en", "de"):
            make.send(make.continued(*make.LADDER, rate="0.5", conversation=make.a_conversation(locale=locale)))
        make.judge_all()
        reader = make.make_person("reviewer")
        for review in Review.objects.filter(round=Round.FIRST):
            make.answer(review, reader, make.statement(Answer.YES))
        make.agree()
        found = {one.name: one for one in means_of(*SPAN)}
        assert set(found) == {"total", "de", "en"}
        assert found["total"].recall.estimate.value == pytest.approx(1 / (1 + 2 + 2))
        assert found["de"].recall.estimate.value == 0
        assert found["en"].accuracy.estimate.value == pytest.approx(1 / (1 + 2))
        assert [one.name for one in means_of(datetime(2020, 1, 2, tzinfo=UTC), datetime(2020, 1, 9, tzinfo=UTC))] == ["total"]
