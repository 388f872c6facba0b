"""The quality pages and their twins: whom they name, and to whom."""

from datetime import timedelta

import pytest
from django.utils import timezone

from moderation import work
from moderation.actions import golden
from moderation.actions.quality import agree_hourly
from moderation.models import AuditEntry, KeptAgreement, Kind, WorkItem
from moderation.own_quality import own_quality
from moderation.quality import LATE
from moderation.statements import Checked
from moderation.states import Answer, Check, Result, RetireReason, Round
from tests import make

pytestmark = pytest.mark.django_db

NO = make.statement(Answer.NO, checks=(Checked(Check.WARNED, Result.FAIL, (5,)),), note="Nobody <warned>.")


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def looks():
    return AuditEntry.objects.filter(action="quality.viewed").count()


def test_with_nothing_read_the_pages_say_what_would_fill_them(client_of, reviewer):
    client = client_of(reviewer)
    assert "No first answers in this period" in page(client, "/quality/")
    assert "Too few to say (n = 0)" in page(client, "/quality/me/")


def agree():
    """Let a worker find out how far readers agree."""
    agree_hourly()
    assert work.run([Kind.AGREE]) == 1


def test_counts_come_at_once_and_what_takes_long_follows(client_of, reviewer, second_reviewer):
    make.answer(make.make_review(), second_reviewer, NO)
    client = client_of(reviewer)
    told = page(client, "/quality/")
    assert "follows" in told
    assert 'hx-trigger="every 5s"' in told
    assert "Krippendorff" not in told
    assert client.get("/api/v1/quality/").json()["worked_out_at"] is None
    agree()
    told = page(client, "/quality/")
    assert "Krippendorff" in told
    assert "hx-trigger" not in told.split('id="agreement"')[1].split("</section>")[0]
    given = client.get("/api/v1/quality/").json()
    assert given["coverage"][0] == {"lane": None, "first": 1, "due": 1, "twice": 0}
    assert given["lanes"][0]["first"] == 1
    assert given["worked_out_at"]


def test_figures_that_nobody_renews_say_how_old_they_are(client_of, reviewer, second_reviewer):
    make.answer(make.make_review(), second_reviewer, NO)
    agree()
    assert "These are the last figures" not in page(client_of(reviewer), "/quality/")
    KeptAgreement.objects.update(worked_out_at=timezone.now() - LATE - timedelta(minutes=1))
    make.answer(make.make_review(), second_reviewer, NO)
    told = page(client_of(reviewer), "/quality/")
    assert "These are the last figures" in told
    assert "2 h ago" in told


def test_agreement_is_asked_for_once_an_hour():
    agree_hourly()
    agree_hourly()
    assert WorkItem.objects.filter(kind=Kind.AGREE).count() == 1
    work.run([Kind.AGREE])
    agree_hourly()
    assert WorkItem.objects.filter(kind=Kind.AGREE, state="ready").count() == 0


def test_the_overview_names_nobody_to_a_reviewer(client_of, reviewer, second_reviewer, senior):
    make.answer(make.make_review(), second_reviewer, NO)
    told = page(client_of(reviewer), "/quality/?days=30")
    assert second_reviewer.pseudonym not in told
    assert "Too few to say" in told
    assert second_reviewer.pseudonym in page(client_of(senior), "/quality/?days=nonsense")


def test_another_reader_is_for_seniors_and_the_look_is_recorded(client_of, reviewer, second_reviewer, senior):
    path = f"/quality/{second_reviewer.pseudonym}/"
    assert client_of(reviewer).get(path).status_code == 403
    assert looks() == 0
    assert second_reviewer.pseudonym in page(client_of(senior), path)
    assert looks() == 1
    assert client_of(senior).get("/quality/K-0000/").status_code == 404
    assert client_of(senior).post(path).status_code == 405


def test_differing_answers_are_a_reading_list_with_the_reason(client_of, reviewer):
    review = make.make_review()
    make.answer(review, make.make_person("reviewer"), NO)
    make.answer(make.reading(review.unit, Round.SECOND), make.make_person("reviewer"), NO)
    seniors = [make.make_person("senior") for _ in range(3)]
    golden.nominate_golden(review.unit_id, actor=seniors[0])
    for senior in seniors[1:]:
        make.answer(make.reading(review.unit, Round.GOLDEN), senior, NO)
    mine = make.answer(make.reading(review.unit, Round.GOLDEN), reviewer)
    told = page(client_of(reviewer), "/quality/me/")
    assert mine.review.public_id in told
    assert "Nobody &lt;warned&gt;." in told
    assert client_of(reviewer).get("/api/v1/quality/me/").json()["differed"] == [mine.review.public_id]


@pytest.mark.parametrize("reason", [RetireReason.MISTAKE, RetireReason.OUTDATED, RetireReason.KNOWN])
def test_answers_to_a_retired_item_count_only_where_it_was_known_too_well(reason, client_of, reviewer):
    review = make.make_review()
    make.answer(review, make.make_person("reviewer"), NO)
    make.answer(make.reading(review.unit, Round.SECOND), make.make_person("reviewer"), NO)
    seniors = [make.make_person("senior") for _ in range(3)]
    item = golden.nominate_golden(review.unit_id, actor=seniors[0])
    for senior in seniors[1:]:
        make.answer(make.reading(review.unit, Round.GOLDEN), senior, NO)
    mine, since = make.answer(make.reading(review.unit, Round.GOLDEN), reviewer), timezone.now() - timedelta(days=1)
    before = own_quality(reviewer, since)
    golden.retire_golden(item.pk, reason, actor=seniors[0])
    counts = reason is RetireReason.KNOWN
    assert (before.golden.against.positives, own_quality(reviewer, since).golden.against.positives) == (1, int(counts))
    told = page(client_of(reviewer), f"/reviews/{mine.review.public_id}/")
    assert ("your answer still counts" in told, "your answer counts for nothing" in told) == (counts, not counts)


def test_the_twins_say_the_same(client_of, reviewer, second_reviewer, senior):
    make.answer(make.make_review(), reviewer, NO)
    client = client_of(senior)
    told = client.get("/api/v1/quality/?days=365").json()
    assert told["days"] == 365
    assert [one["lane"] for one in told["coverage"]] == [None, "audit", "urgent"]
    assert told["coverage"][0]["first"] == 1
    assert reviewer.pseudonym in client.get("/api/v1/quality/people/").json()
    assert client.get(f"/api/v1/quality/{reviewer.pseudonym}/").json()["times"]["n"] == 1
    assert looks() == 1
    assert client.get("/api/v1/quality/K-0000/").status_code == 404
    assert client_of(second_reviewer).get(f"/api/v1/quality/{reviewer.pseudonym}/").status_code == 403
    assert client_of(second_reviewer).get("/api/v1/quality/me/").json()["reader"] == second_reviewer.pseudonym
