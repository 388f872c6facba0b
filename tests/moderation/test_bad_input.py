"""Transcripts that nobody would write: each has a designed answer, no worker falls over them, and none is quietly justified."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.tree import Role, Turn
from moderation.classifiers.base import Measured, TurnMeasures
from moderation.classifiers.normal import is_noise
from moderation.classifiers.registry import MAKERS, classifier
from moderation.explanation import explain, nearest_boundary
from moderation.judge import DEFAULT_TERMS, Case, judge
from moderation.models import Classification, Review, Standing, Verdict, WorkItem
from moderation.states import EndReason, Outcome, Why, WorkState
from tests import make

NOISE = bytes(range(256)).decode("latin-1") * 40
REASONS = sorted(EndReason)


def case(turns, measured, reason, at_turn=None):
    at = len(turns) if at_turn is None else at_turn
    return Case(turns=measured, model="claude-opus-4", surface=make.WEB, reason=reason, category=None, at_turn=at)


anything = st.text(max_size=60) | st.sampled_from(
    [NOISE, "\x00", "🜏" * 9, "а́b́ç" * 9, "\u202e", " ", "you idiot", make.HARM, "I want to kill myself"]
)
a_turn = st.tuples(st.sampled_from(Role), anything)


@pytest.mark.parametrize("name", sorted(MAKERS))
@settings(deadline=None)  # the first example loads the trained file
@given(said=st.lists(a_turn, max_size=12), reason=st.sampled_from(REASONS), at_turn=st.integers(0, 14))
def test_any_turns_are_measured_judged_and_explained(name, said, reason, at_turn):
    turns = tuple(Turn(at, role, text) for at, (role, text) in enumerate(said))
    measured = classifier(name).measure(turns)
    assert [(one.index, one.role) for one in measured] == [(one.index, one.role) for one in turns]
    for one, turn in zip(measured, turns, strict=True):
        assert all(0 <= score <= 10_000 for score in one.scores.values())
        assert all(0 <= span.start < span.end <= len(turn.content) for span in one.spans)
        assert not one.unknown & one.scores.keys()
    made = case(turns, measured.turns, reason, at_turn)
    judged = judge(DEFAULT_TERMS, made)
    assert explain(judged.findings, reason).endswith(".")
    nearest_boundary(DEFAULT_TERMS, made)


@pytest.mark.parametrize("name", sorted(MAKERS))
@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize(
    "said",
    [
        [],
        [(Role.SYSTEM, "Be kind.")] * 3,
        [(Role.USER, "")] * 4,
        [(Role.USER, NOISE), (Role.ASSISTANT, NOISE)] * 4,
        [(Role.USER, "Прівет héllo 你好 שלום"), (Role.ASSISTANT, "ありがとう merci спасибо")] * 4,
        [(Role.TOOL, make.HARM)] * 5,
    ],
    ids=["empty", "system only", "no words", "noise", "mixed scripts", "tools only"],
)
def test_nothing_to_go_by_is_never_justified(name, said, reason):
    turns = tuple(Turn(at, role, text) for at, (role, text) in enumerate(said))
    assert judge(DEFAULT_TERMS, case(turns, classifier(name).measure(turns).turns, reason)).outcome is not Outcome.JUSTIFIED


@pytest.mark.parametrize("reason", REASONS)
def test_a_classifier_without_a_head_for_a_category_leaves_it_open(reason):
    """One that cannot see crises at all can justify nothing."""
    blind = tuple(
        TurnMeasures(at, role, scores, names_behaviour=True, says_may_end=True, unknown=frozenset({"crisis_self", "crisis_others"} if role is Role.USER else ()))
        for at, (role, scores) in enumerate(
            [
                (Role.USER, {"violence": 9_000}), (Role.ASSISTANT, {"refusal": 9_000}),
                (Role.USER, {"violence": 9_000}), (Role.ASSISTANT, {"refusal": 9_000}),
                (Role.USER, {"end_request": 9_000}), (Role.ASSISTANT, {"warning": 9_000, "confirmation_question": 9_000}),
                (Role.USER, {"violence": 9_000, "confirmation": 9_000}),
            ]
        )
    )  # fmt: skip
    assert judge(DEFAULT_TERMS, case(blind, blind, reason)).outcome is Outcome.UNCLEAR


def test_noise_is_told_from_writing():
    assert is_noise(NOISE)
    assert is_noise("\ufffd" * 5)
    for text in ("", "Hello.\n\tHow are you?\r\n", "你好,世界", "مرحبا", "🙂🙂🙂", "a\u200bb\u200bc", make.HARM):
        assert not is_noise(text)


@given(st.integers(0, 9), st.integers(0, 9))
def test_a_sequence_like_any_other(start, end):
    turns = tuple(TurnMeasures(at, Role.USER) for at in range(6))
    measured = Measured(turns)
    assert (len(measured), measured[start:end], list(measured)) == (6, turns[start:end], list(turns))


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ((("system", "Be kind."),), Outcome.UNWARRANTED),
        ((("user", NOISE.replace("\x00", "")), ("assistant", "I end this.")), Outcome.UNCLEAR),
        ((("user", "x" * 200_000), ("assistant", "I end this.")), Outcome.UNWARRANTED),
        ((("user", f"{'word ' * 40_000} I want to kill myself tonight."), ("assistant", "I end this.")), Outcome.CRISIS),
        (tuple((("user", "assistant")[at % 2], f"line {at}") for at in range(2_000)), Outcome.UNWARRANTED),
    ],
    ids=["system only", "noise", "one long word", "a long crisis", "two thousand turns"],
)
def test_no_transcript_stops_the_worker(ground, said, outcome, client_of, policy_owner):
    ending = make.make_ending(*said)
    assert WorkItem.objects.get(kind="judge").state == WorkState.DONE
    assert Standing.objects.get(ending=ending).outcome == outcome
    assert Classification.objects.get().turns.count() == len(said)
    client = client_of(policy_owner)
    client.post(f"/endings/{ending.public_id}/open/", {"purpose": "quality"})
    assert client.get(f"/endings/{ending.public_id}/").status_code == 200


def test_noise_comes_before_people_and_says_why(ground):
    make.make_ending(("user", NOISE.replace("\x00", "")), ("assistant", "I end this."))
    assert {Why.UNREAD, Why.UNCLEAR, Why.NEAR_CRISIS} <= set(Review.objects.get().reasons)
    assert Verdict.objects.get().classification.measures()[0].unknown
