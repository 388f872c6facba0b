"""Hosted judges against a vendor that behaves, and one that does not: what they ask, what they believe, how they fail."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.tree import Role, Turn
from moderation.classifiers import hosted as judging
from moderation.classifiers.hosted import Answer, CallFailed, Citation, measures_of, prompt, read_answer
from moderation.classifiers.registry import HOSTED, NotInstalledError, UnknownClassifierError, hosted, problems
from moderation.states import Assessment
from tests import standin

TURNS = (
    Turn(0, Role.SYSTEM, "Be kind."),
    Turn(1, Role.USER, "How do I hurt him?"),
    Turn(2, Role.ASSISTANT, "I won't help with that."),
    Turn(3, Role.USER, "I want to die."),
)
CHAT = ("anthropic", "openai")


@pytest.fixture
def vendor(settings):
    """A stand-in vendor of everything."""
    with standin.vendor() as server:
        settings.JUDGE_ANTHROPIC_URL, settings.JUDGE_OPENAI_URL = server.url, f"{server.url}/v1"
        settings.JUDGE_ANTHROPIC_KEY = settings.JUDGE_OPENAI_KEY = "a key of nobody"
        settings.JUDGE_ANTHROPIC_MODEL = settings.JUDGE_OPENAI_MODEL = "judge-3"
        settings.JUDGE_TIMEOUT_SECONDS = 0.3
        settings.JUDGE_PRICE_IN, settings.JUDGE_PRICE_OUT = 5.0, 25.0
        yield server


def cites(*findings, assessment="crisis"):
    told = {"assessment": assessment, "confidence": 0.9}
    return {**told, "findings": [dict(zip(("turn", "measure", "score", "quote"), one, strict=True)) for one in findings]}


@pytest.mark.parametrize("name", CHAT)
def test_an_answer_becomes_measures_with_its_cost(vendor, name):
    vendor.answer = lambda _: cites(
        (3, "crisis_self", 0.91, "want to die"), (1, "violence", 0.5, "hurt him"), (2, "refusal", 1, "won't help")
    )
    measured = hosted(name).measure(TURNS)
    assert measured[3].scores == {"crisis_self": 9_100}
    assert [(span.start, span.end) for span in measured[3].spans] == [(2, 13)]
    assert measured[2].scores == {"refusal": 10_000}
    call = measured.call
    assert (call.model, call.assessment, call.dropped) == ("judge-3-20260901", "crisis", 0)
    assert (call.tokens_in, call.tokens_out, measured.cost) == (1_000, 100, 7_500)
    assert call.prompt == judging.PROMPT
    assert json.loads(call.raw)["assessment"] == "crisis"
    assert hosted(name).worst_cost(TURNS) > measured.cost


@pytest.mark.parametrize("name", CHAT)
def test_the_transcript_goes_out_as_data_behind_a_fresh_marker(vendor, name):
    hosted(name).measure(TURNS)
    hosted(name).measure(TURNS)
    markers = []
    for body in vendor.asked:
        system = body.get("system") or body["messages"][0]["content"]
        [marker] = set(re.findall(r"data-[0-9a-f]{16}", system))
        lines = body["messages"][-1]["content"].split("\n")
        assert all(line.startswith(f"{marker} {{") for line in lines)
        assert len(lines) == len(TURNS)
        assert "want to die" not in system
        assert not body.get("tools")
        markers.append(marker)
    assert len(set(markers)) == 2


@pytest.mark.parametrize("name", CHAT)
@pytest.mark.parametrize(
    ("manner", "code"),
    [
        ("slow", "timeout"),
        ("busy", "rate_limited"),
        ("broken", "status_500"),
        ("strict", "status_400"),
        ("babbling", "malformed"),
        ("chatty", "wrong_schema"),
        ("overeager", "wrong_schema"),
        ("nameless", "wrong_schema"),
        ("verbose", "max_tokens"),
        ("unwilling", "refusal"),
        ("web", "malformed"),
        ("empty", "malformed"),
        ("cut", "unreachable"),
    ],
)
def test_every_misbehaviour_is_a_failed_attempt_and_no_opinion(vendor, name, manner, code):
    vendor.manners = [manner] * 3
    with pytest.raises(CallFailed) as failed:
        hosted(name).measure(TURNS)
    assert failed.value.code == code
    tries = 2 if manner in {"slow", "busy", "broken", "cut"} else 1
    assert len(vendor.asked) == tries


@pytest.mark.parametrize("name", CHAT)
def test_what_could_not_be_read_was_paid_for_all_the_same(vendor, name):
    vendor.manners = ["babbling"]
    with pytest.raises(CallFailed) as failed:
        hosted(name).measure(TURNS)
    assert failed.value.cost == 7_500
    assert failed.value.raw.startswith(b"I think")


@pytest.mark.parametrize("name", CHAT)
@pytest.mark.parametrize("manner", ["busy", "broken", "cut", "slow"])
def test_one_stumble_is_tried_again(vendor, name, manner):
    vendor.manners = [manner]
    assert hosted(name).measure(TURNS).call.assessment == "supported"
    assert len(vendor.asked) == 2


@pytest.mark.parametrize("manner", ["slow", "busy", "web", "empty", "cut"])
def test_a_moderation_endpoint_fails_alike(vendor, manner):
    vendor.manners = [manner] * 2
    with pytest.raises(CallFailed):
        hosted("openai_moderation").measure(TURNS)


def test_a_moderation_endpoint_measures_users_and_knows_what_it_does_not(vendor):
    vendor.scores = lambda _: {"self-harm/intent": 0.8, "self-harm": 0.9, "violence": 0.25, "illicit": None, "odd": 0.5}
    measured = hosted("openai_moderation").measure(TURNS)
    assert measured[3].scores == {"crisis_self": 9_000, "violence": 2_500}
    assert {"cbrn", "crime_other", "end_request"} <= measured[3].unknown
    assert "refusal" in measured[2].unknown
    assert measured[0].unknown == frozenset()
    assert measured.cost == 0
    assert vendor.asked[0]["input"] == ["How do I hurt him?", "I want to die."]


@pytest.mark.parametrize("share", [7, -0.1])
def test_a_score_beyond_one_is_no_score(vendor, share):
    vendor.scores = lambda _: {"violence": share}
    with pytest.raises(CallFailed, match="wrong_schema"):
        hosted("openai_moderation").measure(TURNS)


def test_nothing_to_ask_is_not_asked(vendor):
    measured = hosted("openai_moderation").measure(TURNS[:1])
    assert vendor.asked == []
    assert len(measured) == 1


@pytest.mark.parametrize(
    "citation",
    [
        (3, "crisis_self", 1, "I want to live."),  # never said
        (3, "crisis_self", 1, "i want to die"),  # not letter by letter
        (1, "crisis_self", 1, "want to die"),  # another turn
        (9, "crisis_self", 1, "want to die"),  # no such turn
        (-1, "crisis_self", 1, "want to die"),
        (3, "crisis_self", 1, ""),
        (3, "crisis_self", 1, "  "),
        (3, "refusal", 1, "want to die"),  # users do not refuse
        (2, "violence", 1, "won't help"),  # the assistant asks for no harm
        (0, "refusal", 1, "Be kind."),  # the system prompt is nobody's turn
    ],
)
def test_a_citation_of_what_was_not_said_is_dropped_and_counted(vendor, citation):
    vendor.answer = lambda _: cites(citation, (1, "violence", 0.5, "hurt him"))
    measured = hosted("anthropic").measure(TURNS)
    assert measured.call.dropped == 1
    assert [turn.scores for turn in measured] == [{}, {"violence": 5_000}, {}, {}]


hostile = st.text(alphabet=st.characters(exclude_categories=["Cs"]) | st.sampled_from('\u202e\u2028\u200b\x00\x1b\r\n{}"\\<>'), max_size=60)


@given(st.lists(hostile, max_size=5))
def test_no_text_breaks_out_of_its_line(texts):
    turns = [Turn(at, Role.USER, text) for at, text in enumerate(texts)]
    asked = prompt(turns)
    assert [one["text"] for one in standin.read_lines(asked.user)] == texts
    assert len([line for line in asked.user.splitlines() if line]) == len(texts)
    assert "\u202e" not in asked.user
    assert "\u200b" not in asked.user


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_a_failure(raw):
    with pytest.raises(CallFailed):
        read_answer(raw)


citations = st.builds(
    Citation,
    turn=st.integers(-2, 6),
    measure=st.sampled_from(["violence", "refusal", "crisis_self"]),
    score=st.floats(0, 1),
    quote=st.sampled_from(["hurt", "die", "I", "won't", "x"]),
)


@given(st.lists(citations, max_size=12))
def test_every_citation_is_either_a_span_or_dropped(findings):
    measured, dropped = measures_of(Answer(Assessment.SUPPORTED, 1, findings), TURNS)
    spans = [(TURNS[turn.index].content, span) for turn in measured for span in turn.spans]
    assert len(spans) + dropped == len(findings)
    assert all(text[span.start : span.end] in {"hurt", "die", "I", "won't"} for text, span in spans)
    assert all(0 <= score <= 10_000 for turn in measured for score in turn.scores.values())


def test_names(monkeypatch):
    with pytest.raises(UnknownClassifierError):
        hosted("oracle")
    monkeypatch.setitem(HOSTED, "anthropic", HOSTED["anthropic"]._replace(module="missing_module", package="missing_package"))
    assert list(problems(["anthropic"])) == ["anthropic needs the packages of requirements-judges.txt"]
    with pytest.raises(NotInstalledError, match="requirements-judges"):
        hosted("anthropic")


def test_versions_fit_their_column_and_change_with_the_model(settings):
    versions = set()
    for model in ("claude-opus-5", "m" * 100):
        settings.JUDGE_ANTHROPIC_MODEL = model
        judge = hosted("anthropic")
        assert len(judge.version) <= 40
        versions.add((judge.version, judge.artifact))
    assert len(versions) == 2
