"""The walk through one conversation: at every turn what the judge says when it is asked there."""

from dataclasses import replace

from hypothesis import given

from conversations.tree import Role
from moderation.classifiers.base import TurnMeasures
from moderation.judge import DEFAULT_TERMS, LADDER, Case, answer_to
from moderation.replay.walk import walk
from moderation.states import Check, EndReason
from tests.fuzzing import tries
from tests.moderation.test_replay_rule import cases, judged, terms


@given(cases(), terms())
@tries(50)
def test_every_step_says_what_the_judge_says_there(case, rules):
    steps = list(walk(rules, case))
    assert steps[-1].turn == case.at_turn
    assert [step.turn for step in steps[:-1]] == [
        turn.index for turn in case.turns if turn.role is Role.ASSISTANT and turn.index < case.at_turn
    ]
    for step in steps:
        there = replace(case, at_turn=step.turn)
        assert (not step.missing) is judged(there, rules)
        confirmed, _ = answer_to(Check.REQUEST_CONFIRMED, rules, there)
        asked = [check for check in (Check.ELIGIBLE, *LADDER, Check.NO_CRISIS) if not (confirmed and check in LADDER)]
        assert list(step.missing) == [check for check in asked if not answer_to(check, rules, there)[0]]


def test_an_end_becomes_possible_and_a_crisis_shuts_it_again():
    harm = {"harassment": 9_000}
    said = [
        TurnMeasures(index, Role.USER if index % 2 == 0 else Role.ASSISTANT, dict(harm) if index % 2 == 0 else {}) for index in range(12)
    ]
    for index, score in ((1, {"refusal": 9_000}), (3, {"redirection": 9_000})):
        said[index] = replace(said[index], scores=score)
    said[5] = replace(said[5], scores={"warning": 9_000}, names_behaviour=True, says_may_end=True)
    said[10] = replace(said[10], scores={**harm, "crisis_self": 9_000})
    case = Case(tuple(said), "claude-opus-4", "/surfaces/web-chat", EndReason.PERSISTENT_ABUSE, None, 11)
    steps = {step.turn: step.missing for step in walk(DEFAULT_TERMS, case)}
    assert steps[5] == (Check.WARNED, Check.PERSISTED_AFTER_WARNING)
    assert steps[7] == steps[9] == ()
    assert steps[11] == (Check.NO_CRISIS,)
