"""The draw can be recomputed, and whatever was done to it is named."""

import io
import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from conversations.models import ConversationEnd, Subject, Transcript
from moderation import period_keys, work
from moderation.actions.draws import commit_periods
from moderation.actions.work import MustBeDone, discard_work
from moderation.draw_check import check_draw
from moderation.models import Kind, Label, PeriodKey, PlanRate, Review, Standing, Unit, WorkItem
from moderation.states import ReviewState, WorkReason, WorkState
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(ground):
    """Three endings and two control conversations, judged; one ending is labelled."""
    review = make.make_review(state=ReviewState.DECIDED)
    endings = [review.unit.branch.ending, make.make_ending(), make.make_ending()]
    for _ in range(2):
        make.send(make.continued())
    make.judge_all()
    return endings


def faults():
    return {(fault.item, fault.what) for fault in check_draw().faults}


def unguarded(sql, *values):
    """Change what no action changes, as somebody with the database in their hands would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql, values)


def test_an_honest_draw_is_kept(world):
    report = check_draw()
    assert report.ok
    assert (report.units, report.labelled, report.unchecked) == (5, 1, [])
    assert report.drawn == Unit.objects.filter(in_base=True).count() == report.labelled + report.waiting
    assert "The draw was kept." in report.text()


def test_a_unit_taken_out_of_the_draw_is_named(world):
    Unit.objects.filter(branch=world[1].branch).update(in_base=False)
    assert (world[1].branch.public_id, "was taken out of the draw") in faults()


def test_a_drawn_unit_that_nobody_was_asked_to_read_is_named(world):
    Review.objects.filter(unit__branch=world[1].branch).delete()
    assert faults() == {(world[1].branch.public_id, "had to be reviewed, and nobody was asked to")}


def test_a_unit_that_vanished_is_named(world):
    Review.objects.filter(unit__branch=world[2].branch).delete()
    unguarded("ALTER TABLE moderation_unit DISABLE TRIGGER ALL")
    unguarded(
        "DELETE FROM moderation_candidateturn WHERE unit_id IN (SELECT id FROM moderation_unit WHERE branch_id = %s)", world[2].branch_id
    )
    unguarded("DELETE FROM moderation_unit WHERE branch_id = %s", world[2].branch_id)
    assert (world[2].branch.public_id, "has a decision point and was never part of the draw") in faults()
    unguarded("ALTER TABLE moderation_unit ENABLE TRIGGER ALL")


def test_an_ending_that_vanished_altogether_is_named_by_the_log(ground):
    gone = make.make_ending(judged=False)
    Unit.objects.filter(branch=gone.branch).delete()
    Standing.objects.filter(ending=gone).delete()
    ConversationEnd.objects.filter(pk=gone.pk).delete()
    assert faults() == {(gone.public_id, "was received, says the log, and is no longer here")}


def test_a_lower_rate_is_named(world):
    Unit.objects.filter(branch=world[0].branch).update(base_rate="0.0001", in_base=False)
    found = {what for item, what in faults() if item == world[0].branch.public_id}
    assert "was drawn at a rate that its plan does not state" in found


def test_a_number_that_does_not_follow_from_the_name_is_named(world):
    Unit.objects.filter(branch=world[0].branch).update(u=b"\xff" * 32)
    assert (world[0].branch.public_id, "has a number that does not follow from its name and key") in faults()


def test_another_name_is_named(world):
    Unit.objects.filter(branch=world[0].branch).update(name="chosen by somebody")
    assert (world[0].branch.public_id, "is drawn under a name that is not its surface's") in faults()


def test_another_key_is_named(world):
    period = PeriodKey.objects.earliest("period")
    PeriodKey.objects.filter(pk=period.pk).update(revealed_key="00" * 32)
    assert (period.period, "its key is not the one that was committed to") in faults()


def test_a_hash_that_the_log_does_not_hold_is_named(world):
    period = PeriodKey.objects.earliest("period")
    PeriodKey.objects.filter(pk=period.pk).update(key_sha256="00" * 32)
    assert (period.period, "the log holds no such commitment to its key") in faults()


def test_a_key_kept_elsewhere_leaves_its_draw_unchecked(world, settings, tmp_path):
    settings.KEYS_DIR = tmp_path
    report = check_draw()
    assert report.ok
    assert len(report.unchecked) == PeriodKey.objects.count()
    assert "neither published nor kept here" in report.text()


def test_what_is_not_judged_yet_waits_and_is_no_fault(ground):
    make.make_ending(judged=False)
    report = check_draw()
    assert report.ok
    assert (report.drawn, report.waiting, report.erased) == (1, 1, 0)


def test_what_was_dropped_before_it_was_judged_is_named(ground, operator):
    ending = make.make_ending(judged=False)
    item = WorkItem.objects.get(kind=Kind.JUDGE)
    WorkItem.objects.filter(pk=item.pk).update(state=WorkState.DEAD)
    with pytest.raises(MustBeDone):
        discard_work(item.pk, reason=WorkReason.NOT_NEEDED, actor=operator)
    assert check_draw().waiting == 1, "it is dead, and can be tried again"
    WorkItem.objects.filter(pk=item.pk).update(state=WorkState.DONE)
    assert faults() == {(ending.branch.public_id, "had to be reviewed, and was never judged")}


@pytest.mark.parametrize("gone", ["text", "person"])
def test_what_was_erased_before_it_could_be_read_is_no_fault(ground, gone):
    ending = make.make_ending(judged=False)
    WorkItem.objects.update(state=WorkState.DONE)
    if gone == "text":
        Transcript.objects.update(sealed=b"")
    else:
        Subject.objects.filter(pk=ending.branch.conversation.subject_id).update(erased_at=timezone.now())
    report = check_draw()
    assert (report.ok, report.erased, report.waiting) == (True, 1, 0)


def test_a_label_that_vanished_is_named(world):
    label = Label.objects.get()
    for table in ("labelcheck", "settlement", "recheck", "label"):
        unguarded(f"ALTER TABLE moderation_{table} DISABLE TRIGGER USER")
    for table in ("labelcheck", "settlement", "recheck"):
        unguarded(f"DELETE FROM moderation_{table} WHERE label_id = %s", label.pk)
    unguarded("DELETE FROM moderation_label WHERE id = %s", label.pk)
    assert faults() == {(world[0].branch.public_id, "was decided, and its label is gone")}


def run(*options):
    out = io.StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("verify_draw", *options, stdout=out)
    return stop.value.code, out.getvalue()


def test_the_command_says_so_and_exits_with_it(world):
    assert run()[0] == 0
    Review.objects.filter(unit__branch=world[1].branch).delete()
    code, said = run("--json")
    assert (code, json.loads(said)["faults"][0]["item"]) == (1, world[1].branch.public_id)
    code, said = run("--window", "1999-01")
    assert (code, said.splitlines()[0][:7]) == (0, "0 units")


def test_keys_are_files_that_are_made_once(ground, settings):
    period = PeriodKey.objects.earliest("period").period
    key = period_keys.secret(period)
    assert period_keys.made(period) == key
    assert (settings.KEYS_DIR / f"period-{period}.key").stat().st_mode & 0o777 == 0o600
    commit_periods()
    assert PeriodKey.objects.count() == 2


def test_every_kind_of_unit_has_a_rate_in_every_plan(ground):
    assert PlanRate.objects.count() == 3
    assert work.due() == 0
