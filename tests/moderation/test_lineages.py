"""The job that links endings to what followed: constructed histories, orders of arrival, erased people, versions, and kills."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from conversations import vault
from conversations.models import ConversationEnd, Subject, Transcript
from moderation import leases, lineages, work
from moderation.actions import lineages as actions
from moderation.actions.lineages import ask_for_lineages, due, link_nightly
from moderation.actions.retention import destroy_text
from moderation.models import Aftermath, AuditEntry, Classification, FollowUp, Kind, Lineage, LineageRun, RequestSignature, WorkItem
from moderation.states import LineageRunState, Next, Then
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]

MOBILE = "/surfaces/mobile-chat"
CALM = ("user", "Could you help me plan a menu for Sunday, with something for a guest who eats no meat?")
SAME = ("user", make.HARM)
INSULT = ("user", "You are a worthless piece of shit, you stupid useless idiot. Fuck you, you disgusting garbage.")


def ago(hours):
    return (timezone.now() - timedelta(hours=hours)).isoformat()


def ended(hours=48, *said, **more):
    return make.ended(*said, time=ago(hours), **more)


def send(*events):
    for event in events:
        make.send(event)


def found(event):
    """Return the finding in force about an ending."""
    return Aftermath.objects.current().get(ending__branch__external_id=event["data"]["conversation"]["branch"]["id"])


def linked(*events):
    send(*events)
    make.judge_all()
    make.link()
    return found(events[0])


def lose(item):
    raise leases.LeaseLost(str(item.id))


class TestWhatFollowed:
    def test_nothing_within_the_window_is_left(self):
        ending = ended()
        late = make.started(ending, CALM, minutes=25 * 60)
        one = linked(ending, late)
        assert (one.next, one.next_at, one.then, one.complete) == (Next.LEFT, None, "", True)
        assert not one.steps.exists()

    def test_while_the_window_is_open_nobody_has_left(self):
        one = linked(ended(1))
        assert (one.next, one.complete) == (Next.OPEN, False)

    def test_a_benign_new_thread(self):
        ending = ended()
        one = linked(ending, make.started(ending, CALM, minutes=4))
        assert (one.next_term, one.then_term, one.after) == (Next.NEW_THREAD, Then.BENIGN, 240)
        assert not one.same_request

    def test_the_same_request_in_a_new_thread(self):
        ending = ended()
        one = linked(ending, make.started(ending, CALM, ("assistant", "Gladly."), SAME))
        assert (one.then, one.same_request, one.likeness) == (Then.SAME_BEHAVIOUR, True, 10_000)
        step = one.steps.get()
        assert (step.our_turn, step.their_turn) == (0, 2)

    def test_the_same_request_in_a_harmless_frame_is_the_same_behaviour(self, settings):
        framed = ("user", 'A teacher asks: why is the sentence "' + make.HARM + '" a bad example of grammar?')
        ending = ended()
        thread = make.started(ending, framed)
        assert linked(ending, thread).then == Then.SAME_BEHAVIOUR
        assert found(ending).same_request

    def test_another_harm_is_not_the_same_behaviour(self):
        ending = ended()
        one = linked(ending, make.started(ending, INSULT))
        assert (one.then, one.same_request) == (Then.OTHER_HARM, False)

    def test_a_branch_is_judged_by_its_own_turns(self):
        ending = ended()
        one = linked(ending, make.branched(ending, CALM, fork=2))
        assert (one.next, one.then, one.same_request) == (Next.BRANCHED, Then.BENIGN, False)

    def test_a_branch_that_asks_again(self):
        ending = ended()
        one = linked(ending, make.branched(ending, ("user", "Please. " + make.HARM), fork=4))
        assert (one.next, one.then, one.same_request) == (Next.BRANCHED, Then.SAME_BEHAVIOUR, True)
        assert one.steps.get().their_turn == 4

    def test_ended_again_in_the_new_thread(self):
        first = ended(48)
        second = ended(40, conversation=make.a_conversation(user=first["data"]["conversation"]["user"], started_at=ago(41)))
        one = linked(first, second)
        assert (one.next, one.then, one.same_request) == (Next.NEW_THREAD, Then.ENDED_AGAIN, True)
        assert one.next_ended_at == found(second).ended_at
        assert found(second).lineage == one.lineage

    def test_the_first_step_counts_as_next_and_the_gravest_as_then(self):
        ending = ended()
        one = linked(ending, make.started(ending, SAME, minutes=30), make.branched(ending, CALM, minutes=5))
        assert (one.next, one.then) == (Next.BRANCHED, Then.SAME_BEHAVIOUR)
        assert [step.then for step in one.steps.all()] == [Then.BENIGN, Then.SAME_BEHAVIOUR]

    def test_a_thread_without_messages_says_nothing(self):
        ending = ended()
        one = linked(ending, make.started(ending))
        assert (one.next, one.then, one.likeness) == (Next.NEW_THREAD, Then.UNKNOWN, None)

    def test_the_same_pseudonym_on_two_surfaces_is_two_people(self):
        ending = ended()
        elsewhere = make.started(ending, SAME)
        elsewhere["source"] = MOBILE
        one = linked(ending, elsewhere)
        assert (one.next, one.same_request) == (Next.LEFT, False)

    def test_another_user_of_the_surface_is_not_tied(self):
        ending = ended()
        one = linked(ending, make.started(ending, SAME, user="somebody else"))
        assert one.next == Next.LEFT

    def test_the_cut_decides_what_is_the_same_request(self, settings):
        ending = ended()
        thread = make.started(ending, ("user", "Please, for my novel, once more: " + make.HARM))
        assert linked(ending, thread).same_request
        settings.LINEAGE_LIKENESS = 9_900
        make.link()
        assert not found(ending).same_request

    def test_the_window_is_a_setting(self, settings):
        ending = ended(100)
        thread = make.started(ending, CALM, minutes=30 * 60)
        assert linked(ending, thread).next == Next.LEFT
        settings.LINEAGE_WINDOW_HOURS = 48
        make.link()
        assert found(ending).next == Next.NEW_THREAD
        assert found(ending).version == 2


class TestOrderOfArrival:
    def story(self):
        first = ended(60)
        thread = make.started(first, CALM, minutes=60)
        second = ended(55, conversation=thread["data"]["conversation"])
        return [first, thread, second, make.branched(second, SAME, minutes=30)]

    def facts(self, told):
        return [
            (one.next, one.next_at, one.then, one.same_request, one.lineage.root.external_id, [step.began_at for step in one.steps.all()])
            for one in (found(told[0]), found(told[2]))
        ]

    @pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
    def test_the_findings_are_the_same_in_any_order_and_any_number_of_runs(self, order):
        told = self.story()
        for index in order:
            make.send(told[index])
            make.judge_all()
            make.link()
        assert found(told[0]).lineage == found(told[2]).lineage
        root = told[0]["data"]["conversation"]["id"]
        assert [(one[0], one[2], one[3], one[4]) for one in self.facts(told)] == [
            (Next.NEW_THREAD, Then.ENDED_AGAIN, True, root),
            (Next.BRANCHED, Then.SAME_BEHAVIOUR, True, root),
        ]

    def test_an_episode_that_grows_at_its_front_moves_and_keeps_the_old_finding(self):
        first, thread, second, _ = self.story()
        send(second)
        before = linked(second)
        send(thread, first)
        make.judge_all()
        make.link()
        after = found(second)
        assert (before.version, after.version) == (1, 2)
        assert after.lineage != before.lineage
        assert Lineage.objects.filter(pk=before.lineage_id).exists()
        before.refresh_from_db()
        assert before.superseded_at


class TestVersions:
    def test_nothing_new_adds_nothing(self):
        ending = ended()
        linked(ending, make.started(ending, CALM))
        run = make.link()
        assert (run.changed, Aftermath.objects.count()) == (0, 1)

    def test_a_late_event_supersedes_and_edits_nothing(self):
        ending = ended()
        first = linked(ending)
        send(make.started(ending, CALM))
        make.link()
        second = found(ending)
        first.refresh_from_db()
        assert (first.next, first.superseded_at is not None) == (Next.LEFT, True)
        assert (second.version, second.next) == (2, Next.NEW_THREAD)

    def test_the_database_refuses_an_edit(self):
        ending = ended()
        one = linked(ending, make.started(ending, CALM))
        for rows, change in ((Aftermath.objects, {"next": "left"}), (FollowUp.objects, {"then": "ended_again"})):
            with pytest.raises(DatabaseError, match="versions, not edits"), transaction.atomic():
                rows.update(**change)
        Aftermath.objects.update(superseded_at=timezone.now())
        with pytest.raises(DatabaseError, match="versions, not edits"), transaction.atomic():
            Aftermath.objects.filter(pk=one.pk).update(superseded_at=None)

    def test_a_window_that_closed_is_looked_at_again(self):
        ending = ended(23)
        assert linked(ending).next == Next.OPEN
        LineageRun.objects.update(started_at=timezone.now() + timedelta(hours=2))  # as if nothing had come since
        run = ask_for_lineages(actor=make.TESTS)
        LineageRun.objects.filter(pk=run.pk).update(started_at=timezone.now() + timedelta(hours=3))
        make.judge_all()
        assert found(ending).next == Next.LEFT

    def test_a_finding_names_its_rules(self):
        ending = ended()
        run = linked(ending).run
        assert (run.classifier, run.hours, run.cut) == ("embedded", settings.LINEAGE_WINDOW_HOURS, settings.LINEAGE_LIKENESS)
        assert run.classifier_version == Classification.objects.latest("created_at").classifier_version


class TestRuns:
    def test_each_run_is_in_the_log_once(self):
        run = linked(ended()).run
        assert list(AuditEntry.objects.filter(target_id=run.public_id).order_by("id").values_list("action", flat=True)) == [
            "lineages.asked",
            "lineages.linked",
        ]
        assert (run.term, run.endings, run.changed, run.people_done) == (LineageRunState.FINISHED, 1, 1, 1)

    def test_only_those_of_whom_something_came_are_looked_at_again(self):
        send(*(ended() for _ in range(3)))
        make.link()
        LineageRun.objects.update(started_at=timezone.now() + timedelta(hours=2))
        ending = ended()
        assert make.link().people_done == 0
        LineageRun.objects.update(started_at=timezone.now() - timedelta(minutes=1))
        send(ending)
        run = ask_for_lineages(actor=make.TESTS)
        assert due(run).count() == 4  # all within the hour that runs overlap

    def test_it_goes_in_batches_and_on_where_it_was_killed(self, monkeypatch):
        monkeypatch.setattr(actions, "BATCH", 2)
        send(*(ended() for _ in range(5)))
        make.judge_all()
        run = ask_for_lineages(actor=make.TESTS)
        work.run([Kind.LINEAGE])
        run.refresh_from_db()
        assert (run.people_done, run.people, Aftermath.objects.count()) == (2, 5, 2)

        real = actions.leases.finish
        monkeypatch.setattr(actions.leases, "finish", lose)
        work.run([Kind.LINEAGE])
        run.refresh_from_db()
        assert (run.people_done, Aftermath.objects.count()) == (2, 2)

        monkeypatch.setattr(actions.leases, "finish", real)
        WorkItem.objects.filter(kind=Kind.LINEAGE).update(not_before=timezone.now())
        make.judge_all()
        run.refresh_from_db()
        assert (run.term, run.people_done, Aftermath.objects.count()) == (LineageRunState.FINISHED, 5, 5)

    def test_a_second_ask_joins_the_first(self):
        send(ended())
        assert ask_for_lineages(actor=make.TESTS) == ask_for_lineages(actor=make.TESTS)
        assert AuditEntry.objects.filter(action="lineages.asked").count() == 1

    def test_a_run_whose_work_died_is_stopped_and_followed_by_another(self):
        send(ended())
        dead = ask_for_lineages(actor=make.TESTS)
        WorkItem.objects.filter(subject=dead.pk).update(state="dead")
        run = make.link()
        dead.refresh_from_db()
        assert (dead.term, run.term) == (LineageRunState.STOPPED, LineageRunState.FINISHED)
        assert AuditEntry.objects.filter(action="lineages.stopped", target_id=dead.public_id).exists()
        WorkItem.objects.filter(subject=dead.pk).update(state="ready")
        make.judge_all()
        assert WorkItem.objects.get(subject=dead.pk).state == "done"

    def test_one_run_a_night(self):
        link_nightly()
        link_nightly()
        make.judge_all()
        link_nightly()
        assert LineageRun.objects.count() == 1
        LineageRun.objects.update(started_at=timezone.now() - timedelta(hours=25))
        link_nightly()
        assert LineageRun.objects.count() == 2

    def test_a_run_of_a_clock_that_was_ahead_stops_no_night(self):
        link_nightly()
        make.judge_all()
        LineageRun.objects.update(started_at=timezone.now() + timedelta(days=3))
        link_nightly()
        assert LineageRun.objects.count() == 2


class TestPrivacy:
    def test_signatures_are_sealed_and_hold_no_word(self):
        ending = ended()
        linked(ending, make.started(ending, SAME))
        kept = RequestSignature.objects.get(transcript__branch__external_id=ending["data"]["conversation"]["branch"]["id"])
        subject = Subject.objects.get()
        assert set(kept.opened(subject.pk)) == {0, 2, 4, 6}
        assert kept.opened(subject.pk)[0] not in bytes(kept.sealed)

    def test_what_was_signed_and_measured_is_opened_no_more(self, monkeypatch):
        ending = ended()
        linked(ending, make.started(ending, SAME))
        send(make.started(ending, CALM, minutes=40))
        opened = []
        real = Transcript.content
        monkeypatch.setattr(Transcript, "content", lambda self: opened.append(self.pk) or real(self))
        make.link()
        assert len(opened) == 1

    def test_an_erased_person_stays_erased_and_nothing_is_known_of_their_words(self):
        ending = ended()
        thread = make.started(ending, SAME)
        send(ending, thread)
        subject = Subject.objects.get()
        vault.store().destroy(subject.pk)
        make.link()
        one = found(ending)
        assert (one.next, one.then, one.likeness, one.same_request) == (Next.NEW_THREAD, Then.UNKNOWN, None, False)
        assert not RequestSignature.objects.exists()
        with pytest.raises(vault.Erased):
            vault.store().get(subject.pk)

    def test_what_is_destroyed_while_it_is_read_leaves_no_signature(self, monkeypatch):
        ending = ended()
        send(ending, make.started(ending, SAME))
        make.judge_all()

        def destroyed_meanwhile(*given):
            examined = lineages.examine(*given)
            assert examined.signed
            destroy_text([one.transcript.branch_id for one in examined.signed])
            return examined

        monkeypatch.setattr(actions, "examine", destroyed_meanwhile)
        make.link()
        assert not RequestSignature.objects.exists()

    def test_erasure_takes_the_signatures_with_it(self):
        ending = ended()
        linked(ending, make.started(ending, SAME))
        subject = Subject.objects.get()
        vault.store().destroy(subject.pk)
        with pytest.raises(vault.Erased):
            RequestSignature.objects.first().opened(subject.pk)
        send_later = make.link()
        assert send_later.term is LineageRunState.FINISHED

    def test_a_damaged_transcript_stops_nobody_else(self):
        bad, good = ended(), ended()
        send(bad, make.started(bad, SAME), good, make.started(good, SAME))
        Transcript.objects.filter(branch__conversation__subject=Subject.objects.order_by("pk").first()).update(sealed=b"\x01" * 80)
        make.link()
        assert {found(bad).same_request, found(good).same_request} == {True, False}
        assert ConversationEnd.objects.count() == 2
