"""The page of transparency: of a period, for who may see exports."""

import pytest

from tests import make

pytestmark = pytest.mark.django_db


def page(client, period=""):
    answer = client.get("/exports/transparency/", {"period": period})
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_shows_a_period_and_leads_to_its_export(client_of, compliance):
    ending = make.make_ending()
    told = page(client_of(compliance), f"{ending.requested_at:%Y}")
    assert "left out" in told
    assert "too few labels" in told
    assert f"kind=transparency&amp;format=csv&amp;redaction=ids&amp;since={ending.requested_at:%Y}-01-01" in told


def test_nothing_is_said_to_be_nothing(client_of, auditor):
    told = page(client_of(auditor), "2021H1")
    assert "Nothing happened in this period" in told
    assert "Export it" not in told


def test_what_is_no_period_shows_the_one_that_runs(client_of, compliance):
    assert "No such period" in page(client_of(compliance), "<script>")


def test_others_may_not(client_of, reviewer, compliance):
    assert client_of(reviewer).get("/exports/transparency/").status_code == 403
    assert client_of(compliance).post("/exports/transparency/").status_code == 405
