"""The tables of moves, over the full product of states."""

from itertools import product

import pytest

from moderation.states import (
    APPEAL_MOVES,
    DELIVERY_MOVES,
    EXPORT_MOVES,
    POLICY_MOVES,
    QUARANTINE_MOVES,
    REVIEW_MOVES,
    WRONGFUL,
    AppealState,
    DeliveryState,
    ExportState,
    IllegalMove,
    Outcome,
    PolicyState,
    QuarantineState,
    ReviewState,
    check_move,
)

TABLES = {
    "review": (ReviewState, REVIEW_MOVES, "open"),
    "appeal": (AppealState, APPEAL_MOVES, "filed"),
    "policy": (PolicyState, POLICY_MOVES, "draft"),
    "export": (ExportState, EXPORT_MOVES, "requested"),
    "delivery": (DeliveryState, DELIVERY_MOVES, "waiting"),
    "quarantine": (QuarantineState, QUARANTINE_MOVES, "held"),
}


@pytest.mark.parametrize("name", TABLES)
def test_every_pair_of_states_is_allowed_or_refused(name):
    states, moves, _ = TABLES[name]
    assert set(moves) == set(states)
    for old, new in product(states, states):
        if new in moves[old]:
            check_move(moves, old, new)
        else:
            with pytest.raises(IllegalMove):
                check_move(moves, old, new)


@pytest.mark.parametrize("name", TABLES)
def test_every_state_can_be_reached_and_none_moves_to_itself(name):
    states, moves, first = TABLES[name]
    reached = {states(first)}
    for _ in states:
        reached |= {new for old in reached for new in moves[old]}
    assert reached == set(states)
    assert all(state not in moves[state] for state in states)


def test_wrongful_is_all_but_two():
    assert set(Outcome) - WRONGFUL == {Outcome.JUSTIFIED, Outcome.UNCLEAR}
