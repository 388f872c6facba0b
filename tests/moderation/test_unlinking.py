"""Names go when their time is over, what was decided stays: the same rates, a draw that can be checked, a log that verifies."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from conversations import vault
from conversations.models import Branch, Conversation, Feedback, Subject, Transcript
from moderation import draw_ledger, period_keys
from moderation.actions import appeals, holds
from moderation.actions.notices import issue_notice
from moderation.actions.retention import Rule, RuleRefused, in_force, propose_retention, survey
from moderation.draw_check import check_draw
from moderation.models import (
    Aftermath,
    Appeal,
    AuditEntry,
    Label,
    Opening,
    PeriodKey,
    RetentionRun,
    Review,
    Standing,
    Unit,
    UnlinkedUnit,
    Unlinking,
)
from moderation.states import Answer, AppealState, HoldGround, HoldScope, Round
from moderation.transparency import report_of
from tests import make
from tests.moderation.test_retention import live, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]
SPAN = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
NOTE = "She asked about her own garden."


@pytest.fixture(autouse=True)
def _published(ground):
    """The keys of the draw are published, as they are long before names go."""
    publish()


def publish():
    for period in PeriodKey.objects.all():
        period.revealed_key, period.revealed_at = (period_keys.known(period) or b"").hex(), timezone.now()
        period.save()


def aged(days=732, **ending):
    """Make an ending of so many days ago, received and labelled then."""
    reader = make.make_person("reviewer")
    made = make.make_ending(time=(timezone.now() - timedelta(days=days)).isoformat(), **ending)
    for review in Review.objects.filter(unit__branch=made.branch, round=Round.FIRST):
        make.answer(review, reader, make.statement(Answer.YES, note=NOTE))
    age(made, days)
    publish()
    return made


def age(ending, days):
    then = timezone.now() - timedelta(days=days)
    Conversation.objects.filter(pk=ending.branch.conversation_id).update(received_at=then)
    Branch.objects.filter(conversation=ending.branch.conversation_id).update(created_at=then)
    Transcript.objects.filter(branch__conversation=ending.branch.conversation_id).update(received_at=then)
    Feedback.objects.filter(branch__conversation=ending.branch.conversation_id).update(received_at=then)


def named(ending):
    branch = Branch.objects.select_related("conversation").get(pk=ending.branch_id)
    return {"id": branch.conversation.external_id, "branch": {"id": branch.external_id}}


def now(ending):
    return Conversation.objects.get(pk=ending.branch.conversation_id)


def rates():
    """Return what a report says of everything, which is computed from rows."""
    report = report_of(*SPAN)
    return repr(report), Standing.objects.count(), Label.objects.count()


class TestWhatGoes:
    def test_the_default_is_two_years_and_text_goes_first(self):
        old, young = aged(732), aged(730)
        conversation, unit, person = old.branch.conversation, old.branch.unit, old.branch.conversation.subject.pseudonym
        [due] = survey(in_force())
        assert (due.branches, due.unlinked) == (2, 0)
        night = run()
        assert (night.due, night.done, night.unlink_due, night.unlinked) == (2, 2, 0, 1)
        assert now(young).unlinked_at is None
        gone = now(old)
        assert gone.unlinked_at is not None
        left = json.dumps([gone.external_id, *gone.branches.values_list("external_id", flat=True), gone.subject.pseudonym])
        assert conversation.external_id not in left
        assert old.branch.external_id not in left
        assert person not in left
        assert Unit.objects.get(pk=unit.pk).name == draw_ledger.hashed(unit.name)

    def test_nobody_is_left_of_a_person_without_other_conversations(self):
        old = aged()
        subject = old.branch.conversation.subject_id
        label = Label.objects.get(unit__branch=old.branch)
        assert label.note() == NOTE
        run()
        assert not Subject.objects.filter(pk=subject).exists()
        assert vault.store().is_destroyed(subject)
        assert RetentionRun.objects.first().keys == []
        with pytest.raises(vault.Erased):
            Label.objects.get(pk=label.pk).note()

    def test_a_person_who_came_again_keeps_what_is_younger(self):
        old = aged()
        user = old.branch.conversation.subject
        young = make.make_ending(conversation=make.a_conversation(user=user.pseudonym))
        run()
        assert now(old).subject_id != user.pk
        assert now(young).subject_id == user.pk
        assert young.transcript.content().turns
        with pytest.raises(vault.Erased):
            Label.objects.get(unit__branch=old.branch).note()

    def test_two_conversations_of_one_person_are_not_known_to_be_of_one(self):
        first = aged()
        second = aged(conversation=make.a_conversation(user=first.branch.conversation.subject.pseudonym))
        run()
        assert now(first).subject_id != now(second).subject_id

    def test_feedback_appeals_and_notices_point_at_nobody(self):
        old = aged()
        issue_notice(old.pk, actor=make.make_person("compliance"))
        before = named(old)
        make.send(make.cloud("feedback.given", make.WEB, "fb-1", timezone.now().isoformat(), conversation=before, thumbs="down", text="?"))
        make.send(make.cloud("appeal.filed", make.WEB, "ap-1", timezone.now().isoformat(), conversation=before, text="Again."))
        senior = make.make_person("senior")
        appeals.take_appeal(Appeal.objects.get().pk, actor=senior)
        appeals.decide_appeal(Appeal.objects.get().pk, granted=False, actor=senior)
        age(old, 732)
        Appeal.objects.update(filed_at=timezone.now() - timedelta(days=732), decided_at=timezone.now() - timedelta(days=732))
        seen = Opening.objects.filter(branch=old.branch).count()
        run()
        for row in (Feedback.objects.get(), Appeal.objects.get()):
            assert row.conversation_external_id == now(old).external_id
            assert row.branch_external_id == named(old)["branch"]["id"]
            assert row.subject_id == now(old).subject_id
        assert Opening.objects.filter(branch=old.branch).count() == seen > 0
        with pytest.raises(vault.Erased):
            old.notices.get().said()

    def test_branches_stay_branches_of_one_another(self):
        before = make.ended(time=(timezone.now() - timedelta(days=800)).isoformat())
        make.send(before)
        make.send(make.branched(before, ("user", "Something else.")))
        make.judge_all()
        ending = Branch.objects.get(external_id=before["data"]["conversation"]["branch"]["id"]).ending
        age(ending, 800)
        publish()
        run()
        root, child = now(ending).branches.order_by("parent_external_id")
        assert child.parent_external_id == root.external_id
        assert child.forked_at_turn == 2

    def test_what_followed_an_ending_no_longer_leads_to_it(self):
        before = make.ended(time=(timezone.now() - timedelta(days=800)).isoformat())
        make.send(before)
        make.send(make.started(before, ("user", make.HARM)))
        make.judge_all()
        make.link()
        assert Aftermath.objects.exists()
        for branch in Branch.objects.all():
            age(branch.ending if hasattr(branch, "ending") else type("", (), {"branch": branch}), 800)
        publish()
        run()
        assert not Aftermath.objects.exists()
        make.link()
        assert not Aftermath.objects.exists()


class TestWhatStays:
    def test_every_figure_of_the_past_comes_out_as_before(self):
        old, before = aged(), None
        aged(100)
        before = rates()
        run()
        assert now(old).unlinked_at is not None
        assert rates() == before

    def test_the_draw_is_still_kept_and_says_how_it_was_checked(self):
        aged(), aged()
        run()
        report = check_draw()
        assert (report.faults, report.unlinked) == ([], 2)
        assert "2 have no names any more" in report.text()

    def test_a_name_that_somebody_kept_finds_its_line_under_the_root_in_the_log(self):
        kept = aged().branch.unit
        line = draw_ledger.line(kept)
        run()
        entry = AuditEntry.objects.filter(action="metadata.unlinked").latest("id")
        codes, unit = entry.entry["codes"], Unit.objects.get(pk=kept.pk)
        assert draw_ledger.line(unit) == line
        leaves = [bytes(row.leaf) for row in UnlinkedUnit.objects.order_by("place")]
        assert (codes["conversations"], codes["units"], codes["root"]) == (1, 1, draw_ledger.root(leaves))

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            ({"in_base": False}, "was taken out of the draw"),
            ({"base_rate": "0.5"}, "is not drawn as it was when its names went"),
            ({"u": bytes(32)}, "is not drawn as it was when its names went"),
            ({"name": draw_ledger.hashed("a\nb\nc")}, "is not drawn as it was when its names went"),
        ],
    )
    def test_a_unit_that_was_changed_afterwards_is_named(self, change, what):
        old = aged()
        run()
        Unit.objects.filter(branch=old.branch).update(**change)
        assert (old.branch.public_id, what) in {(fault.item, fault.what) for fault in check_draw().faults}

    def test_leaves_that_the_log_does_not_hold_are_named(self):
        aged()
        run()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE moderation_unlinkedunit DISABLE TRIGGER ALL")
            cursor.execute("UPDATE moderation_unlinkedunit SET leaf = sha256('another')")
        assert (str(Unlinking.objects.get().pk), "these units without names are not those that the log holds") in {
            (fault.item, fault.what) for fault in check_draw().faults
        }

    @pytest.mark.parametrize(
        "change",
        [
            "DELETE FROM moderation_unlinking",
            "UPDATE moderation_unlinking SET at = now()",
            "UPDATE moderation_unlinkedunit SET place = 9",
            "DELETE FROM moderation_unlinkedunit",
            "DELETE FROM moderation_label",
            "UPDATE moderation_label SET sealed_note = ''",
            "DELETE FROM moderation_verdict",
        ],
    )
    def test_no_guard_was_opened_for_it(self, change):
        aged()
        run()
        with pytest.raises(DatabaseError, match="takes versions, not edits"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


class TestWhatKeeps:
    @pytest.mark.parametrize("scope", HoldScope)
    def test_a_hold(self, scope):
        old = aged()
        conversation = old.branch.conversation
        found = {HoldScope.SUBJECT: conversation.subject, HoldScope.CONVERSATION: conversation}.get(scope, conversation.surface)
        query = holds.Query(since=timezone.now() - timedelta(days=733)) if scope is HoldScope.QUERY else holds.NO_QUERY
        day, actor = timezone.now().date() + timedelta(days=9), make.make_person("compliance")
        Transcript.objects.update(sealed=b"")  # the hold came after the text had gone
        held = holds.place_hold(scope, found.public_id, ground=HoldGround.CLAIM, review_on=day, actor=actor, query=query)
        assert run().unlink_due == 0
        assert now(old).unlinked_at is None
        holds.ask_for_release(held.public_id, actor=make.make_person("compliance"))
        holds.release_hold(held.public_id, actor=make.make_person("operator"))
        assert run().unlinked == 1

    def test_text_an_open_appeal_a_secret_key_a_younger_branch(self):
        old = aged()
        Transcript.objects.update(sealed=b"")
        PeriodKey.objects.update(revealed_at=None)
        assert run().unlink_due == 0
        publish()
        make.send(make.cloud("appeal.filed", make.WEB, "ap-1", timezone.now().isoformat(), conversation=named(old), text="Again."))
        assert run().unlink_due == 0
        Appeal.objects.update(state=AppealState.DENIED, decided_at=timezone.now() - timedelta(days=732))
        Feedback.objects.all().delete()
        Branch.objects.filter(pk=old.branch_id).update(created_at=timezone.now())
        assert run().unlink_due == 0
        Branch.objects.filter(pk=old.branch_id).update(created_at=timezone.now() - timedelta(days=732))
        assert run().unlinked == 1

    def test_a_unit_that_is_not_drawn_as_it_must_be_keeps_its_names_and_stops_nobody_else(self):
        faulty, sound = aged(), aged()
        Transcript.objects.update(sealed=b"")
        Unit.objects.filter(branch=faulty.branch).update(in_base=False)
        night = run()
        assert (night.unlink_due, night.unlinked) == (2, 1)
        assert now(faulty).unlinked_at is None
        assert now(sound).unlinked_at is not None


class TestRules:
    def test_the_more_exact_rule_goes_first(self):
        endings = {category: aged(900, category=category) for category in ("violence", "hate", "cyber")}
        live(Rule("", "", 200, 800), Rule("violence", "", 200, 1000), Rule("hate", "", 200))
        run()
        assert {name: now(one).unlinked_at is None for name, one in endings.items()} == {"violence": True, "hate": False, "cyber": False}

    def test_names_never_go_before_the_text(self, compliance):
        for rule in (Rule("", "", 300, 299), Rule("", "", 300, 40_000)):
            with pytest.raises(RuleRefused):
                propose_retention([rule], actor=compliance)
        assert Rule("", "", 1000).unlinked_after == 1000

    def test_a_night_takes_no_more_than_its_share(self, settings, monkeypatch):
        monkeypatch.setattr("moderation.actions.retention.BATCH", 1)
        for _ in range(3):
            aged()
        Transcript.objects.update(sealed=b"")
        settings.RETENTION_MOST = 2
        assert run().unlinked == 2
        assert run().unlinked == 1
        assert run().unlink_due == 0

    def test_the_command_counts(self, capsys):
        aged()
        Transcript.objects.update(sealed=b"")
        call_command("retain", dry_run=True)
        assert "names of 1 branches" in capsys.readouterr().out
        assert not Unlinking.objects.exists()


def test_what_arrives_later_under_the_old_name_is_new():
    old = aged()
    name = old.branch.conversation.external_id
    run()
    again = make.make_ending(conversation=make.a_conversation(id=name))
    assert again.branch.conversation_id != old.branch.conversation_id
    assert again.transcript.content().turns
