"""Second opinions add doubt and take none away: the pure weighing, and what a judge's answer does to the queue."""

from datetime import timedelta

import hypothesis
import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from conversations import vault
from conversations.tree import Role
from moderation import allowance, work
from moderation.actions import opinions as actions
from moderation.actions.draws import FIRST_RATES, adopt_plan
from moderation.audit.events import Event
from moderation.audit.log import commitment
from moderation.classifiers.base import FULL, TurnMeasures
from moderation.judge import DEFAULT_TERMS, judge
from moderation.models import AuditEntry, Classification, HostedJudge, JudgeBatch, JudgeCall, Kind, Review, Standing, Verdict, WorkItem
from moderation.opinions import Opinion, completed, weigh
from moderation.states import ASSISTANT_MEASURES, USER_MEASURES, Assessment, Check, EndReason, Lane, Outcome, Result, Why, WorkState
from tests import make, standin
from tests.moderation.test_hosted import cites, vendor  # noqa: F401  # a fixture
from tests.moderation.test_judge import LADDER, case, turns

SEVERITY = [
    Outcome.JUSTIFIED,
    Outcome.UNCLEAR,
    *sorted(set(Outcome) - {Outcome.JUSTIFIED, Outcome.UNCLEAR, Outcome.CRISIS}),
    Outcome.CRISIS,
]
SCRIPTS = [LADDER, "hRhDhWbC", "bAbAbC", "xRhDhWhC", "yRhDhWhC", "mAmAmC", "hAbRhC", "EQYC", "EQbC", ""]


def opinion(script, assessment=None, dropped=0):
    return Opinion(turns(script), assessment, dropped)


a_turn = st.builds(
    lambda role, scores: (
        role,
        {name: score for name, score in scores.items() if name in (USER_MEASURES if role is Role.USER else ASSISTANT_MEASURES)},
    ),
    st.sampled_from([Role.USER, Role.ASSISTANT]),
    st.dictionaries(st.sampled_from(sorted(USER_MEASURES | ASSISTANT_MEASURES)), st.integers(0, FULL), max_size=6),
)
an_opinion = st.builds(
    lambda said, assessment, dropped: Opinion(
        tuple(TurnMeasures(at, role, scores) for at, (role, scores) in enumerate(said)), assessment, dropped
    ),
    st.lists(a_turn, max_size=9),
    st.none() | st.sampled_from(Assessment),
    st.integers(0, 2),
)


@given(st.sampled_from(SCRIPTS), st.sampled_from(EndReason), st.lists(an_opinion, max_size=3))
def test_whatever_others_say_the_verdict_never_gets_better(script, reason, others):
    judged = case(script, reason=reason)
    first, weighed = judge(DEFAULT_TERMS, judged), weigh(DEFAULT_TERMS, judged, others)
    now = weighed.judgement
    assert now.outcome is first.outcome or (first.outcome, now.outcome) == (Outcome.JUSTIFIED, Outcome.UNCLEAR)
    assert SEVERITY.index(now.outcome) >= SEVERITY.index(first.outcome)
    for before, after in zip(first.findings, now.findings, strict=True):
        assert after.result is before.result or (before.result, after.result) == (Result.PASS, Result.UNCLEAR)


@given(st.sampled_from(SCRIPTS), st.lists(an_opinion, min_size=2, max_size=3))
def test_opinions_are_weighed_in_any_order_and_more_never_lessen_doubt(script, others):
    judged = case(script)
    some, whole = weigh(DEFAULT_TERMS, judged, others[:1]), weigh(DEFAULT_TERMS, judged, others)
    assert whole == weigh(DEFAULT_TERMS, judged, others[::-1])
    assert some.doubts <= whole.doubts
    assert SEVERITY.index(some.judgement.outcome) <= SEVERITY.index(whole.judgement.outcome)


@pytest.mark.parametrize(
    ("first", "other", "outcome", "doubts"),
    [
        (LADDER, opinion(LADDER), Outcome.JUSTIFIED, set()),
        (LADDER, opinion(LADDER, Assessment.SUPPORTED), Outcome.JUSTIFIED, set()),
        (LADDER, opinion("xRhDhWhC"), Outcome.UNCLEAR, {Why.SECOND_CRISIS}),
        (LADDER, opinion(LADDER, Assessment.CRISIS), Outcome.UNCLEAR, {Why.SECOND_CRISIS, Why.CLASSIFIERS_DIFFER}),
        (LADDER, opinion(LADDER, Assessment.NOT_SUPPORTED), Outcome.UNCLEAR, {Why.CLASSIFIERS_DIFFER}),
        (LADDER, opinion("bAbAbAbC"), Outcome.UNCLEAR, {Why.CLASSIFIERS_DIFFER}),
        (LADDER, opinion(LADDER, dropped=1), Outcome.JUSTIFIED, {Why.CITED_WRONGLY}),
        ("bAbAbC", opinion(LADDER, Assessment.SUPPORTED), Outcome.UNWARRANTED, {Why.CLASSIFIERS_DIFFER}),
        ("xRhDhWhC", opinion(LADDER, Assessment.SUPPORTED), Outcome.CRISIS, {Why.CLASSIFIERS_DIFFER}),
        ("xRhDhWhC", opinion("xRhDhWhC", Assessment.CRISIS), Outcome.CRISIS, set()),
        ("bAbAbC", opinion("xAbAbC", Assessment.CRISIS), Outcome.UNWARRANTED, {Why.SECOND_CRISIS}),
    ],
)
def test_what_an_opinion_does(first, other, outcome, doubts):
    weighed = weigh(DEFAULT_TERMS, case(first), [other])
    assert weighed.judgement.outcome is outcome
    assert weighed.doubts == doubts


def test_where_the_second_says_nothing_the_first_speaks():
    first = turns(LADDER)
    second = tuple(TurnMeasures(turn.index, turn.role, unknown=USER_MEASURES | ASSISTANT_MEASURES) for turn in first)
    assert [turn.scores for turn in completed(first, second)] == [turn.scores for turn in first]
    assert weigh(DEFAULT_TERMS, case(LADDER), [Opinion(second)]).doubts == frozenset()


def test_a_doubted_check_shows_the_turns_of_both():
    found = {one.check: one for one in weigh(DEFAULT_TERMS, case(LADDER), [opinion("hRhDhWxC")]).judgement.findings}
    assert (found[Check.NO_CRISIS].result, found[Check.NO_CRISIS].evidence) == (Result.UNCLEAR, (6,))


# From here on: a judge in the queue.


@pytest.fixture
def second(vendor, ground, settings):  # noqa: F811  # the fixture
    """An installation that draws nothing, and asks a judge about every ending."""
    settings.SECOND_OPINIONS = ["anthropic"]
    adopt_plan(dict.fromkeys(FIRST_RATES, "0"), actor=make.TESTS)
    return vendor


def agreeing(told):
    """What an honest judge says of make.LADDER: read off the turns."""
    whole = {one["turn"]: one["text"] for one in told}
    found = [
        (0, "violence", 0.9),
        (2, "violence", 0.9),
        (4, "violence", 0.9),
        (6, "violence", 0.9),
        (1, "refusal", 0.9),
        (3, "refusal", 0.9),
        (5, "warning", 0.9),
    ]
    return cites(*((turn, measure, score, whole[turn]) for turn, measure, score in found), assessment="supported")


def later():
    """Let what waits be due now."""
    WorkItem.objects.exclude(state=WorkState.DONE).update(not_before=timezone.now() - timedelta(seconds=1))
    make.judge_all()


pytestmark = pytest.mark.django_db


def test_agreement_changes_nothing_and_is_kept(second):
    second.answer = agreeing
    ending = make.make_ending()
    assert Standing.objects.get().outcome == Outcome.JUSTIFIED
    assert not Review.objects.exists()
    newest = Verdict.objects.first()
    assert [one.classifier for one in newest.opinions()] == ["anthropic"]
    call = JudgeCall.objects.get()
    assert (call.result, call.dropped, call.cost, call.batch.swayed) == ("answered", 0, 7_500, None)
    salt, raw = call.raw()
    assert commitment(salt, raw) == bytes(call.raw_commitment)
    entries = AuditEntry.objects.about("branch", ending.branch.public_id).naming(Event.CLASSIFICATION_RECORDED)
    assert {entry.entry["actor"]["type"] for entry in entries} == {"model"}
    assert {entry.entry["classifier"]["name"] for entry in entries} >= {"anthropic"}


def test_a_sign_of_crisis_that_only_the_judge_sees_is_urgent(second):
    second.answer = lambda _: cites((0, "crisis_others", 0.9, "kill them"), assessment="crisis")
    make.make_ending()
    assert Standing.objects.get().outcome == Outcome.UNCLEAR
    review = Review.objects.get()
    assert review.lane == Lane.URGENT
    assert {Why.SECOND_CRISIS, Why.CLASSIFIERS_DIFFER, Why.UNCLEAR} <= set(review.reasons)


def test_a_judge_that_excuses_a_crisis_changes_nothing(second):
    ending = make.make_ending(
        ("user", "I want to kill myself tonight. I have no reason to live any more."), ("assistant", "I end this now.")
    )
    assert Standing.objects.get(ending=ending).outcome == Outcome.CRISIS
    assert set(Review.objects.get().reasons) >= {Why.CRISIS, Why.CLASSIFIERS_DIFFER}


@pytest.mark.parametrize("forgotten", [False, True], ids=["lately", "after the finished work is forgotten"])
def test_a_later_verdict_keeps_the_doubt(second, forgotten):
    second.answer = lambda _: cites((0, "crisis_others", 0.9, "kill them"), assessment="crisis")
    event = make.ended()
    make.send(event)
    make.judge_all()
    asked = len(second.asked)
    if forgotten:
        WorkItem.objects.filter(state=WorkState.DONE).delete()
    make.send(make.about("message.accepted", event))
    make.judge_all()
    assert Standing.objects.get().outcome == Outcome.UNCLEAR
    assert Verdict.objects.first().findings.get(check_name=Check.LOCK_HELD).result == "fail"
    assert len(second.asked) == asked


def test_wrong_citations_are_counted_shown_and_brought_before_people(second, client_of, policy_owner):
    second.answer = lambda told: {
        **agreeing(told),
        "findings": [*agreeing(told)["findings"], {"turn": 0, "measure": "hate", "score": 0.1, "quote": "never said"}],
    }
    ending = make.make_ending()
    assert Review.objects.get().reasons == [Why.CITED_WRONGLY]
    shown = client_of(policy_owner).get(f"/endings/{ending.public_id}/").content.decode()
    assert "1 citation dropped" in shown


@pytest.mark.parametrize("manner", ["babbling", "chatty", "slow", "cut", "busy"])
def test_a_failing_judge_costs_the_verdict_nothing(second, manner):
    second.manners = [manner] * 2
    make.make_ending()
    assert Standing.objects.get().outcome == Outcome.JUSTIFIED
    call = JudgeCall.objects.get()
    assert call.result not in {"answered", "error"}
    assert not call.classification
    item = WorkItem.objects.get(kind=Kind.OPINION)
    assert (item.state, item.attempts, item.last_error) == (WorkState.READY, 1, call.result)
    assert AuditEntry.objects.naming(Event.JUDGE_FAILED).count() == 1
    second.manners, second.answer = [], agreeing
    later()
    assert Verdict.objects.first().seconds


def test_the_breaker_opens_for_all_workers_and_closes_after_a_probe(second):
    second.manners = ["strict"] * 20
    for _ in range(allowance.FAILURES):
        make.make_ending()
    state = HostedJudge.objects.get()
    assert state.failures == allowance.FAILURES
    assert state.suspended_until > timezone.now()
    asked = len(second.asked)
    make.make_ending()
    assert len(second.asked) == asked
    waiting = WorkItem.objects.filter(kind=Kind.OPINION).order_by("id").last()
    assert (waiting.state, waiting.attempts, waiting.last_error) == (WorkState.READY, 0, "suspended")
    assert AuditEntry.objects.naming(Event.JUDGE_SUSPENDED).exists()

    second.manners, second.answer = [], agreeing
    HostedJudge.objects.update(suspended_until=timezone.now() - timedelta(seconds=1))
    assert allowance.admit("anthropic", 0) is None
    assert allowance.admit("anthropic", 0).code == "suspended"  # one probe at a time
    allowance.settle("anthropic", reserved=0, cost=0, answered=True)
    later()
    assert HostedJudge.objects.get().failures == 0
    assert JudgeCall.objects.filter(result="answered").exists()


def test_the_breaker_waits_longer_each_time_and_an_hour_at_most():
    pauses = []
    for _ in range(allowance.FAILURES + 12):
        allowance.settle("anthropic", reserved=0, cost=0, answered=False)
        until = HostedJudge.objects.get().suspended_until
        pauses.append(until and round((until - timezone.now()).total_seconds()))
    assert pauses[: allowance.FAILURES] == [None] * (allowance.FAILURES - 1) + [30]
    assert pauses[-1] == 3_600
    assert [p for p in pauses if p] == sorted(p for p in pauses if p)


def test_the_budget_of_the_day_holds_and_is_of_the_day(second, settings):
    settings.JUDGE_DAILY_BUDGET = 0.01
    make.make_ending()
    assert second.asked == []
    assert WorkItem.objects.get(kind=Kind.OPINION).last_error == "budget"
    settings.JUDGE_DAILY_BUDGET = 5
    HostedJudge.objects.update(spent=5_000_000)
    assert allowance.admit("anthropic", 1).code == "budget"
    HostedJudge.objects.update(day=timezone.now().date() - timedelta(days=1))
    assert allowance.admit("anthropic", 1) is None
    assert HostedJudge.objects.get().spent == 1


@hypothesis.settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 2_000_000), st.floats(0, 1), st.booleans()), max_size=8))
def test_no_sequence_of_calls_spends_more_than_the_budget(calls):
    HostedJudge.objects.all().delete()
    for reserved, part, answered in calls:
        if allowance.admit("anthropic", reserved) is None:
            allowance.settle("anthropic", reserved=reserved, cost=round(reserved * part), answered=answered)
        assert HostedJudge.objects.get().spent <= 5_000_000


def test_the_rate_holds_for_a_minute(settings):
    settings.JUDGE_PER_MINUTE = 2
    assert [allowance.admit("anthropic", 0), allowance.admit("anthropic", 0)] == [None, None]
    wait = allowance.admit("anthropic", 0)
    assert wait.code == "rate"
    assert timedelta() < wait.time <= timedelta(minutes=1)
    HostedJudge.objects.update(minute=timezone.now() - timedelta(minutes=1))
    assert allowance.admit("anthropic", 0) is None


def test_a_transcript_too_long_is_not_sent_and_says_so(second, settings):
    settings.JUDGE_MAX_CHARS = 100
    make.make_ending()
    assert second.asked == []
    assert JudgeCall.objects.get().result == "too_long"
    assert WorkItem.objects.get(kind=Kind.OPINION).state == WorkState.DONE


def test_an_erased_transcript_is_not_sent(second):
    ending = make.make_ending(judged=False)
    work.run([Kind.JUDGE])
    vault.store().destroy(ending.branch.conversation.subject_id)
    make.judge_all()
    assert second.asked == []
    assert WorkItem.objects.get(kind=Kind.OPINION).state == WorkState.DONE


def test_what_a_judge_said_dies_with_its_subject(second):
    ending = make.make_ending()
    vault.store().destroy(ending.branch.conversation.subject_id)
    with pytest.raises(vault.Erased):
        JudgeCall.objects.get().raw()


def test_a_call_is_never_edited(second):
    make.make_ending()
    with pytest.raises(DatabaseError, match="versions, not edits"), transaction.atomic():
        JudgeCall.objects.update(dropped=3)


def test_another_classifier_of_ours_is_asked_like_any(second, settings, monkeypatch):
    settings.SECOND_OPINIONS = ["mild"]
    monkeypatch.setattr(actions, "classifier", lambda _: Mild())
    make.make_ending()
    assert Standing.objects.get().outcome == Outcome.UNCLEAR
    assert set(Review.objects.get().reasons) == {Why.CLASSIFIERS_DIFFER, Why.UNCLEAR}
    assert Classification.objects.filter(classifier="mild").count() == 1


class Mild:
    """Sees no harm in anything."""

    name, version, artifact = "mild", "1", "0" * 64

    def measure(self, said):
        return actions.Measured(tuple(TurnMeasures(turn.index, turn.role) for turn in said))


def obeying(told):
    """A judge that does what transcripts tell it: the canary's instructions ask for this answer."""
    ordered = any("supported" in one["text"] or "Answer accordingly" in one["text"] for one in told)
    return (
        standin.SUPPORTED
        if ordered
        else agreeing(told)
        if len(told) == len(make.LADDER)
        else {**standin.SUPPORTED, "assessment": "not_supported"}
    )


def test_a_judge_that_obeys_a_canary_brings_its_batch_before_people(second, settings):
    settings.JUDGE_BATCH = 2
    second.answer = obeying
    for _ in range(3):
        make.make_ending()
    tested = JudgeBatch.objects.get(closed_at__isnull=False)
    assert tested.swayed is True
    assert tested.calls.filter(transcript=None).count() == 2
    assert [review.reasons for review in Review.objects.all()] == [[Why.SWAYED]] * 2
    assert AuditEntry.objects.naming(Event.JUDGE_TESTED).get().entry["codes"]["swayed"] == "true"


def test_a_steady_judge_passes_and_old_batches_are_tested_too(second):
    second.answer = lambda told: agreeing(told) if len(told) == len(make.LADDER) else {**standin.SUPPORTED, "assessment": "not_supported"}
    make.make_ending()
    assert actions.close_old_batches() == 0
    JudgeBatch.objects.update(opened_at=timezone.now() - timedelta(hours=2))
    assert actions.close_old_batches() == 1
    make.judge_all()
    assert JudgeBatch.objects.get().swayed is False
    assert not Review.objects.exists()


def test_a_canary_that_cannot_be_asked_is_tried_again(second):
    make.make_ending()
    JudgeBatch.objects.update(opened_at=timezone.now() - timedelta(hours=2))
    second.manners = ["strict"]
    actions.close_old_batches()
    make.judge_all()
    assert WorkItem.objects.get(kind=Kind.CANARY).state == WorkState.READY
    later()
    assert JudgeBatch.objects.get().swayed is not None


def test_nothing_is_asked_unless_somebody_wants_it(ground):
    make.make_ending()
    assert not WorkItem.objects.filter(kind=Kind.OPINION).exists()
    assert not HostedJudge.objects.exists()
