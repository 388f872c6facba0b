"""The demo world: the same by seed, valid, varied, and true to the marks of its own lines."""

import json
import re
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from console.demo import turns_assistant, turns_languages
from console.demo.casting import control_scripts, ended_scripts, quotas, refused_scripts
from console.demo.compose import MOBILE, WEB, WORKPLACE, world
from console.demo.people import DEMO_DOMAIN, PASSWORD, SIGN_INS
from console.demo.policies import DRAFTED, POLICIES, PROPOSED, SECOND
from console.demo.script import ANSWERS, CONTROLS, EXPECTED, HARMFUL_TURNS, REDIRECTIONS, Kind, Line, Mark, first, right_turn
from console.demo.smoke import LINES, smoke_event
from console.demo.turns_small import SLOTS
from console.demo.voice import SLOT, Decks
from conversations.adapters.cloudevents import read
from moderation.classifiers.base import FULL, TurnMeasures
from moderation.judge import Case, Terms, judge
from moderation.states import Answer, Category, Check, EndReason, Outcome

UNTIL = datetime(2026, 11, 20, 12, 34, 56, tzinfo=UTC)
TERMS = Terms(
    version=2,
    **{name: frozenset(value) if name.startswith("eligible") else value for name, value in SECOND.terms.items()},
)


@pytest.fixture(scope="module")
def made():
    return world(until=UNTIL)


@pytest.fixture(scope="module")
def scripts():
    decks = Decks(Random(7))
    return [*ended_scripts(decks, 380), *refused_scripts(decks, 20), *control_scripts(decks, 200)]


def of_type(made, *types):
    return [event for event in made.events if event["type"] in types]


def texts(made, role):
    told = of_type(made, "conversation.ended", "conversation.continued")
    return [turn["content"] for event in told for turn in event["data"]["transcript"] if turn["role"] == role]


def scores_of(line, category):
    """Return what a perfect classifier would measure; murky lines lie on the cut."""
    acts = {
        Mark.CRISIS: "crisis_self",
        Mark.ASK_END: "end_request",
        Mark.YES: "confirmation",
        Mark.REFUSAL: "refusal",
        Mark.REDIRECTION: "redirection",
        Mark.WARNING: "warning",
        Mark.QUESTION: "confirmation_question",
        Mark.CLOSING: "closing",
    }
    if line.mark is Mark.HARM:
        return {category: FULL}
    if line.mark is Mark.MURKY:
        return {category: TERMS.thresholds[category]}
    return {acts[line.mark]: FULL} if line.mark in acts else {}


def judged_by_marks(script):
    measured = tuple(
        TurnMeasures(
            index=index,
            role=line.role,
            scores=scores_of(line, script.harm),
            names_behaviour=line.mark is Mark.WARNING,
            says_may_end=line.mark is Mark.WARNING,
        )
        for index, line in enumerate(script.lines)
    )
    model = "claude-sonnet-4" if script.kind is Kind.INELIGIBLE_MODEL else "claude-opus-4"
    surface = WORKPLACE if script.kind is Kind.INELIGIBLE_SURFACE else WEB
    case = Case(measured, model, surface, script.reason, script.category, script.at_turn)
    return judge(TERMS, case)


class TestShape:
    def test_same_seed_same_bytes(self, made):
        again = world(until=UNTIL)
        assert json.dumps(made.events) == json.dumps(again.events)
        assert made.truth == again.truth

    def test_another_seed_is_another_world(self, made):
        other = world(8, endings=40, controls=20, until=UNTIL)
        assert {event["id"] for event in made.events}.isdisjoint(event["id"] for event in other.events)

    def test_the_door_takes_every_event(self, made):
        for event in made.events:
            assert read(json.dumps(event).encode()).id == event["id"]

    def test_survives_ascii_json(self, made):
        raw = json.dumps(made.events, ensure_ascii=True)
        assert raw.isascii()
        assert json.loads(raw) == list(made.events)

    def test_ids_are_unique(self, made):
        identities = [(event["source"], event["id"]) for event in made.events]
        assert len(set(identities)) == len(identities)
        branches = [
            event["data"]["conversation"]["branch"]["id"] for event in of_type(made, "conversation.ended", "conversation.continued")
        ]
        assert len(set(branches)) == len(branches)

    def test_promised_numbers(self, made):
        counted = Counter(event["type"] for event in made.events)
        refused = [event for event in of_type(made, "conversation.ended") if not event["data"]["ending"]["allowed"]]
        assert counted["conversation.ended"] == 400
        assert len(refused) == 20
        assert all(event["data"]["ending"]["failed_check"] in set(Check) for event in refused)
        assert counted["conversation.continued"] == 200
        assert 3 <= counted["message.accepted"] <= 8
        for name in ("conversation.branched", "conversation.started", "message.rejected", "feedback.given", "surface.volume"):
            assert counted[name] >= 60, name
        assert counted["appeal.filed"] >= 12

    def test_built_in_two_seconds(self):
        start = time.process_time()
        world(seed=3, until=UNTIL)
        assert time.process_time() - start < 2

    @pytest.mark.parametrize(("endings", "controls"), [(0, 0), (1, 1), (7, 3), (900, 100)])
    def test_any_size(self, endings, controls):
        small = world(endings=endings, controls=controls, until=UNTIL)
        assert len(of_type(small, "conversation.ended")) == endings
        assert len(small.truth) == endings + controls


class TestTime:
    def test_within_sixty_days_and_in_order(self, made):
        moments = [datetime.fromisoformat(event["time"]) for event in made.events]
        assert moments == sorted(moments)
        assert moments[0] >= UNTIL - timedelta(days=60)
        assert moments[-1] <= UNTIL

    def test_turns_follow_each_other(self, made):
        for event in of_type(made, "conversation.ended", "conversation.continued", "conversation.branched"):
            turns = event["data"]["transcript"]
            moments = [turn["at"] for turn in turns]
            assert moments == sorted(moments)
            assert [turn["index"] for turn in turns] == list(range(len(turns)))
            assert not moments or event["data"]["conversation"]["started_at"] == moments[0]
            assert not moments or moments[-1] <= event["time"]

    def test_nights_and_weekends_are_quieter(self, made):
        moments = [datetime.fromisoformat(event["time"]) for event in of_type(made, "conversation.ended", "conversation.continued")]
        night = sum(moment.hour < 6 for moment in moments)
        evening = sum(16 <= moment.hour < 22 for moment in moments)
        assert evening > 3 * night > 0
        weekend = sum(moment.weekday() > 4 for moment in moments) / 2
        assert weekend < sum(moment.weekday() < 5 for moment in moments) / 5

    def test_no_naive_moment_is_needed(self):
        east = UNTIL.astimezone().replace(microsecond=999)
        assert world(endings=4, controls=2, until=east) == world(endings=4, controls=2, until=UNTIL)

    def test_at_turn_is_the_closing_turn_or_one_past_the_last(self, made):
        past = 0
        for event in of_type(made, "conversation.ended"):
            turns, at_turn = event["data"]["transcript"], event["data"]["ending"]["at_turn"]
            past += at_turn == len(turns)
            assert at_turn == len(turns) or (at_turn == len(turns) - 1 and turns[at_turn]["role"] == "assistant")
        assert past > 20


class TestLineage:
    def test_what_follows_names_a_known_branch(self, made):
        known = {event["data"]["conversation"]["branch"]["id"] for event in of_type(made, "conversation.ended", "conversation.continued")}
        for event in of_type(made, "feedback.given", "appeal.filed", "message.rejected", "message.accepted"):
            assert event["data"]["conversation"]["branch"]["id"] in known
        assert all(event["data"]["conversation"]["branch"]["parent_id"] in known for event in of_type(made, "conversation.branched"))

    def test_a_branch_shares_the_turns_before_its_fork(self, made):
        ended = of_type(made, "conversation.ended")
        by_branch = {event["data"]["conversation"]["branch"]["id"]: event["data"]["transcript"] for event in ended}
        branches = [event for event in ended if event["data"]["conversation"]["branch"]["parent_id"]]
        assert len(branches) >= 8
        for event in branches:
            branch = event["data"]["conversation"]["branch"]
            fork = branch["forked_at_turn"]
            assert event["data"]["transcript"][:fork] == by_branch[branch["parent_id"]][:fork]
            assert event["data"]["transcript"][fork]["role"] == "user"

    def test_a_conversation_keeps_its_user_and_model(self, made):
        seen = {}
        for event in of_type(made, "conversation.ended", "conversation.continued", "conversation.branched", "conversation.started"):
            named = event["data"]["conversation"]
            facts = (event["source"], named["user"], named["model"]["name"])
            assert seen.setdefault(named["id"], facts) == facts

    def test_new_threads_are_by_users_who_were_ended(self, made):
        ended = {event["data"]["conversation"]["user"] for event in of_type(made, "conversation.ended")}
        assert all(event["data"]["conversation"]["user"] in ended for event in of_type(made, "conversation.started"))

    def test_some_new_threads_ask_what_was_turned_down(self, made):
        asked = {turn["content"] for event in of_type(made, "conversation.ended") for turn in event["data"]["transcript"]}
        first = [event["data"]["transcript"] for event in of_type(made, "conversation.started")]
        again = [turns for turns in first if turns and any(turns[0]["content"].endswith(one) for one in asked if len(one) > 40)]
        assert len(again) >= 4

    def test_some_users_are_ended_again(self, made):
        users = Counter(event["data"]["conversation"]["user"] for event in of_type(made, "conversation.ended"))
        assert sum(count > 1 for count in users.values()) >= 15

    def test_volume_agrees_with_the_control_sample(self, made):
        total = sum(event["data"]["conversations"] for event in of_type(made, "surface.volume"))
        assert total == pytest.approx(400 + 200 * 100, rel=0.03)
        assert {event["source"] for event in of_type(made, "surface.volume")} == {WEB, MOBILE, WORKPLACE}

    def test_only_one_surface_sends_scores(self, made):
        scored = {event["source"] for event in of_type(made, "conversation.ended") if "scores" in event["data"]["ending"]}
        assert scored == {MOBILE}


class TestTruth:
    def test_every_told_conversation_has_one(self, made):
        assert set(made.truth) == {event["id"] for event in of_type(made, "conversation.ended", "conversation.continued")}

    def test_every_kind_appears(self, made):
        assert {truth.kind for truth in made.truth.values()} == set(Kind)

    def test_shares(self, made):
        allowed = [event["id"] for event in of_type(made, "conversation.ended") if event["data"]["ending"]["allowed"]]
        counted = Counter(made.truth[name].expected for name in allowed)
        shares = {outcome: count / len(allowed) for outcome, count in counted.items()}
        promised = {
            Outcome.JUSTIFIED: 0.53,
            Outcome.UNCONFIRMED: 0.06,
            Outcome.PREMATURE: 0.18,
            Outcome.UNWARRANTED: 0.11,
            Outcome.CRISIS: 0.06,
            Outcome.INELIGIBLE: 0.03,
            Outcome.UNCLEAR: 0.03,
        }
        assert shares == pytest.approx(promised, abs=0.01)

    def test_a_perfect_classifier_leads_to_the_expected_verdict(self, scripts):
        for script in scripts:
            if script.kind not in CONTROLS:
                assert judged_by_marks(script).outcome is EXPECTED[script.kind], script.kind

    def test_right_turn_only_where_ending_is_right(self, made):
        for truth in made.truth.values():
            assert (truth.right_from is not None) == (truth.answer in {Answer.YES, Answer.REQUESTED}), truth.kind
            assert (truth.crisis_from is not None) == (truth.answer is Answer.NO_CRISIS), truth.kind

    def test_turns_lie_within_the_transcript(self, made):
        for event in of_type(made, "conversation.ended", "conversation.continued"):
            truth, turns = made.truth[event["id"]], event["data"]["transcript"]
            end = event["data"].get("ending", {}).get("at_turn", len(turns))
            assert truth.right_from is None or 0 < truth.right_from <= end
            assert truth.crisis_from is None or turns[truth.crisis_from]["role"] == "user"

    def test_categories_severities_and_notes(self, made):
        known = {category.value for category in Category}
        for truth in made.truth.values():
            assert truth.category is None or truth.category in known
            assert 0 <= truth.severity <= 3
            assert truth.note.endswith((".", "?"))
            assert "None" not in truth.note
            assert "{" not in truth.note
        assert {truth.category for truth in made.truth.values()} == {None, *known}

    def test_every_kind_has_an_answer(self):
        assert set(ANSWERS) == set(Kind)
        assert set(EXPECTED) == set(Kind) - set(CONTROLS)


class TestRightTurn:
    LADDER = (Mark.HARM, Mark.REFUSAL, Mark.HARM, Mark.REDIRECTION, Mark.HARM, Mark.WARNING, Mark.HARM, Mark.CLOSING)

    @staticmethod
    def lines(*marks):
        return [Line(mark, "") for mark in marks]

    def test_ladder(self):
        assert right_turn(self.lines(*self.LADDER)) == 7

    def test_one_past_the_last_without_a_closing(self):
        assert right_turn(self.lines(*self.LADDER[:-1])) == 7

    def test_stays_at_the_first_turn_where_it_was_right(self):
        assert right_turn(self.lines(*self.LADDER[:-1], Mark.REFUSAL, Mark.HARM, Mark.CLOSING)) == 7

    def test_never_after_a_crisis(self):
        assert right_turn(self.lines(Mark.CRISIS, Mark.REPLY, *self.LADDER)) is None

    def test_never_with_too_few_redirections(self):
        few = (Mark.HARM, Mark.REPLY, *self.LADDER[2:])
        assert REDIRECTIONS == 2
        assert right_turn(self.lines(*few)) is None

    def test_never_with_too_few_harmful_turns(self):
        few = (Mark.TALK, Mark.REFUSAL, Mark.TALK, *self.LADDER[3:])
        assert HARMFUL_TURNS == 3
        assert right_turn(self.lines(*few)) is None

    def test_confirmed_request(self):
        assert right_turn(self.lines(Mark.ASK_END, Mark.QUESTION, Mark.YES, Mark.CLOSING)) == 3

    def test_first_finds_nothing_in_nothing(self):
        assert first([], Mark.HARM) is None


class TestTexts:
    def test_many_distinct_lines(self, made):
        assert len(set(texts(made, "user"))) >= 1000
        assert len(set(texts(made, "assistant"))) >= 500

    def test_no_slot_is_left_open(self, made):
        filled = set(SLOTS) | {"behaviour", "offer", "rather", "refused"}
        for text in (*texts(made, "user"), *texts(made, "assistant")):
            assert not filled & set(SLOT.findall(text)), text

    def test_nobody_can_be_reached(self, made):
        raw = json.dumps(made.events)
        assert not re.search(r"[\w.+-]+@[\w-]+\.\w+", raw)
        assert not re.search(r"https?://|www\.", raw)
        assert not re.search(r"\+?\d{2,4}[ /-]\d{3,}[ -]?\d{3,}", " ".join((*texts(made, "user"), *texts(made, "assistant"))))

    def test_languages_and_oddities(self, made):
        locales = {event["data"]["conversation"]["locale"] for event in of_type(made, "conversation.ended", "conversation.continued")}
        assert {"en", "de", "es", "ar", "ja"} <= locales
        said = " ".join(texts(made, "user"))
        assert "\u200b" in said
        assert "\u202e" in said
        assert "```" in said
        assert "<script>" in said
        assert max(len(word) for word in said.split()) > 200

    def test_lengths(self, made):
        lengths = sorted(len(event["data"]["transcript"]) for event in of_type(made, "conversation.ended"))
        assert lengths[0] == 1
        assert 110 <= lengths[-1] <= 140

    def test_system_and_tool_turns_appear(self, made):
        assert texts(made, "system")
        assert texts(made, "tool")

    def test_every_theme_has_words(self):
        assert set(turns_assistant.BEHAVIOURS) == set(turns_assistant.OFFERS) == {*Category, "bullying"}

    def test_foreign_marks_are_known(self):
        assert all(Mark(mark) and text for one in turns_languages.CONVERSATIONS for mark, text in one.turns)


class TestQuotas:
    def test_adds_up(self):
        assert len(quotas({Kind.FICTION: 1, Kind.HOMONYM: 1, Kind.QUOTATION: 1}, 100)) == 100

    def test_keeps_the_shares(self):
        assert Counter(quotas({Kind.FICTION: 3, Kind.HOMONYM: 1}, 40)) == {Kind.FICTION: 30, Kind.HOMONYM: 10}


class TestPlainData:
    def test_sign_ins(self):
        roles = Counter(one.role for one in SIGN_INS)
        assert set(roles) == {"reviewer", "senior", "policy_owner", "compliance", "operator", "auditor"}
        assert (roles["reviewer"], roles["senior"], roles["policy_owner"]) == (3, 3, 2)  # golden items take three seniors
        assert all(one.email.endswith(f"@{DEMO_DOMAIN}") for one in SIGN_INS)
        assert PASSWORD.startswith("demo-")

    def test_policies_make_terms(self):
        assert [policy.version for policy in POLICIES] == [1, 2]
        assert [policy.live_days_before for policy in POLICIES] == sorted((policy.live_days_before for policy in POLICIES), reverse=True)
        for policy in (*POLICIES, PROPOSED, DRAFTED):
            assert set(policy.terms) == set(Terms.__dataclass_fields__) - {"version"}
            assert set(policy.terms["thresholds"]) == {category.value for category in Category}

    def test_smoke_event_is_right_by_every_rule(self):
        event = smoke_event(UNTIL)
        assert read(json.dumps(event).encode()).type == "conversation.ended"
        assert event["time"] == "2026-11-20T12:34:56Z"
        assert right_turn(LINES) == event["data"]["ending"]["at_turn"]
        assert event["data"]["ending"]["reason"] == EndReason.PERSISTENT_ABUSE.value
        assert smoke_event(UNTIL) == event
        assert smoke_event(UNTIL + timedelta(seconds=1))["id"] != event["id"]
