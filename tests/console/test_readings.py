"""The pages and the API of reading: who opened what, alarms, broken glass."""

import pytest

from moderation.models import Opening, ReadingAlarm
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def ending(db):
    return make.make_ending()


def text(client, path):
    return client.get(path).content.decode()


def test_an_operator_breaks_the_glass_and_compliance_looks(ending, client_of, operator, compliance):
    client, url = client_of(operator), f"/endings/{ending.public_id}/"
    assert "Break the glass" in text(client, url)
    assert "data-transcript" not in text(client, url)
    assert client.post(f"{url}break-glass/", {"reason": ""}).status_code == 302
    assert not Opening.objects.exists()
    assert client.post(f"{url}break-glass/", {"reason": "danger"}).status_code == 302
    page = text(client, url)
    assert "data-transcript" in page
    assert "the glass was broken" in page
    alarm = ReadingAlarm.objects.get()
    other = client_of(compliance)
    for path in ("/", "/readings/"):
        assert alarm.public_id in text(other, path)
    assert alarm.public_id not in text(client, "/")
    where = f"/readings/{alarm.public_id}/"
    assert "Somebody may be in danger" in text(other, where)
    assert other.post(f"{where}examine/", {"finding": "fine"}).status_code == 422
    assert other.post(f"{where}examine/", {"finding": "justified"}).status_code == 302
    assert other.post(f"{where}examine/", {"finding": "justified"}).status_code == 409
    assert "Justified" in text(other, where)
    assert alarm.public_id not in text(other, "/readings/")
    assert alarm.public_id in text(other, "/readings/?finding=all")
    assert other.get("/readings/O-00000000/").status_code == 404


def test_who_may_open_it_needs_no_hammer(ending, client_of, senior, auditor):
    assert "Break the glass" not in text(client_of(senior), f"/endings/{ending.public_id}/")
    for who in (senior, auditor):
        assert client_of(who).post(f"/endings/{ending.public_id}/break-glass/", {"reason": "danger"}).status_code == 403


def test_the_api_opens_and_breaks_the_glass_and_shows_no_word(ending, client_of, operator, senior, auditor):
    where = f"/api/v1/endings/{ending.public_id}/"

    def post(who, path, **said):
        return client_of(who).post(f"{where}{path}/", said, content_type="application/json")

    assert post(operator, "break-glass", reason="because").status_code == 422
    assert post(operator, "open", purpose="incident").status_code == 403
    for who in (senior, auditor):
        assert post(who, "break-glass", reason="danger").status_code == 403
    assert not Opening.objects.exists()
    broken = post(operator, "break-glass", reason="danger")
    assert (broken.status_code, broken.json()["purpose"]) == (201, "emergency")
    assert ReadingAlarm.objects.get().opening.user == operator
    assert post(senior, "open", purpose="emergency").status_code == 422
    assert post(senior, "open", purpose="incident").json()["reader"] == senior.pseudonym
    assert "data-transcript" in text(client_of(operator), f"/endings/{ending.public_id}/")


def test_openings_are_listed_and_found(ending, client_of, compliance, senior, auditor):
    make.make_ending()
    client_of(senior).post(f"/endings/{ending.public_id}/open/", {"purpose": "incident"})
    client = client_of(auditor)
    page = text(client, "/readings/openings/")
    assert senior.pseudonym in page
    assert ending.public_id in page
    assert "No opening matches" in text(client, "/readings/openings/?reader=nobody")
    assert ending.public_id in text(client, f"/readings/openings/?ending={ending.public_id}&reader={senior.pseudonym.lower()}")
    [one] = client.get(f"/api/v1/openings/?ending={ending.public_id}").json()["results"]
    assert (one["reader"], one["purpose"], one["ending"]) == (senior.pseudonym, "incident", ending.public_id)
    assert senior.pseudonym in text(client, "/readings/")
    assert client_of(senior).get("/readings/").status_code == 403


def test_the_api_lists_alarms_and_takes_findings(ending, client_of, operator, compliance):
    client_of(operator).post(f"/endings/{ending.public_id}/break-glass/", {"reason": "outage"})
    client = client_of(compliance)
    [one] = client.get("/api/v1/reading-alarms/").json()["results"]
    assert (one["kind"], one["reason"], one["branch"]) == ("emergency", "outage", ending.branch.public_id)
    path = f"/api/v1/reading-alarms/{one['id']}/examine/"
    assert client.post(path, {"finding": "fine"}, content_type="application/json").status_code == 422
    assert client.post(path, {"finding": "not_justified"}, content_type="application/json").json()["finding"] == "not_justified"
    assert client.post(path, {"finding": "justified"}, content_type="application/json").status_code == 409
    assert client.get("/api/v1/reading-alarms/").json()["results"] == []


def test_empty_pages_say_what_fills_them(client_of, compliance):
    assert "Nothing rings" in text(client_of(compliance), "/readings/")
    assert "Nobody has opened a transcript" in text(client_of(compliance), "/readings/openings/")
