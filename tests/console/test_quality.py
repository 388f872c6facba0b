"""The quality pages and their twins: whom they name, and to whom."""

import pytest

from moderation.actions import golden
from moderation.models import AuditEntry
from moderation.statements import Checked
from moderation.states import Answer, Check, Result, Round
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


def test_the_twins_say_the_same(client_of, reviewer, second_reviewer, senior):
    make.answer(make.make_review(), reviewer, NO)
    client = client_of(senior)
    told = client.get("/api/v1/quality/?days=365").json()
    assert told["days"] == 365
    assert [one["lane"] for one in told["lanes"]] == [None, "audit", "urgent"]
    assert told["lanes"][0]["first"] == 1
    assert reviewer.pseudonym in client.get("/api/v1/quality/people/").json()
    assert client.get(f"/api/v1/quality/{reviewer.pseudonym}/").json()["times"]["n"] == 1
    assert looks() == 1
    assert client.get("/api/v1/quality/K-0000/").status_code == 404
    assert client_of(second_reviewer).get(f"/api/v1/quality/{reviewer.pseudonym}/").status_code == 403
    assert client_of(second_reviewer).get("/api/v1/quality/me/").json()["reader"] == second_reviewer.pseudonym
