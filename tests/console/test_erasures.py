"""The pages and the API of erasures and legal holds: works, wrong role, wrong move, unknown id."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.models import Subject
from moderation.models import AuditEntry, Erasure, LegalHold
from moderation.states import ErasureState, HoldState
from tests import make
from tests.moderation.test_retention import run
from tests.moderation.test_unlinking import aged

pytestmark = pytest.mark.django_db


@pytest.fixture
def subject(db):
    make.make_appeal()
    return Subject.objects.get()


@pytest.fixture
def day():
    return (timezone.now().date() + timedelta(days=30)).isoformat()


def text(client, path):
    return client.get(path).content.decode()


def test_two_people_erase_a_person_on_its_page(subject, client_of, compliance, operator):
    asker, approver = client_of(compliance), client_of(operator)
    ending = subject.conversations.get().branches.get().ending
    assert f"/erasure/?subject={subject.public_id}" in text(asker, f"/endings/{ending.public_id}/")
    answer = asker.post("/erasure/new/", {"subject": subject.public_id.lower(), "reason": "request"})
    url = answer["Location"]
    assert asker.post(f"{url}approve/").status_code == 409
    assert "You asked for it" in text(asker, url)
    page = text(approver, url)
    assert "This cannot be undone" in page
    assert approver.post(f"{url}approve/").status_code == 302
    make.judge_all()
    page = text(approver, url)
    assert "What was erased" in page
    assert "none from before is left after" in page
    certificate = approver.get(f"{url}certificate.json")
    assert certificate.json() == Erasure.objects.get().certificate
    assert "attachment" in certificate["Content-Disposition"]
    page = text(asker, f"/endings/{ending.public_id}/")
    assert "This person was erased" in page
    assert "What remains" in page
    assert "I was joking" not in page
    assert approver.post(f"{url}refuse/").status_code == 409


def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(subject, client_of, compliance):
    client = client_of(compliance)
    answer = client.post("/erasure/new/", {"subject": "U-00000000", "reason": "request"})
    assert (answer.status_code, "There is nobody of this id" in answer.content.decode()) == (422, True)
    assert client.post("/erasure/new/", {"subject": subject.public_id, "reason": "because"}).status_code == 422
    assert client.post("/erasure/new/", {"subject": subject.public_id, "reason": "order"}).status_code == 302
    assert client.post("/erasure/new/", {"subject": subject.public_id, "reason": "order"}).status_code == 409
    assert client.get("/erasure/Y-00000000/").status_code == 404
    assert client.get(f"/erasure/{Erasure.objects.get().public_id}/certificate.json").status_code == 404


def test_a_hold_is_placed_seen_extended_and_released_by_two(subject, client_of, compliance, operator, day):
    client, other = client_of(compliance), client_of(operator)
    said = {"scope": "subject", "about": subject.public_id, "ground": "claim", "review_on": day}
    for wrong in ({"about": "U-00000000"}, {"ground": ""}, {"review_on": "2020-01-01"}, {"scope": "surface"}):
        assert client.post("/erasure/holds/new/", said | wrong).status_code == 422
    url = client.post("/erasure/holds/new/", said)["Location"]
    made = LegalHold.objects.get()
    erasure = client.post("/erasure/new/", {"subject": subject.public_id, "reason": "request"})["Location"]
    assert made.public_id in text(other, erasure)
    other.post(f"{erasure}approve/")
    assert Erasure.objects.get().term is ErasureState.DEFERRED
    assert Erasure.objects.get().public_id in text(client, url)
    assert client.post(f"{url}extend/", {"review_on": ""}).status_code == 422
    assert client.post(f"{url}extend/", {"review_on": day}).status_code == 302
    assert other.post(f"{url}release/").status_code == 409
    assert client.post(f"{url}ask-release/").status_code == 302
    assert client.post(f"{url}release/").status_code == 409
    assert other.post(f"{url}release/").status_code == 302
    make.judge_all()
    assert (LegalHold.objects.get().term, Erasure.objects.get().term) == (HoldState.RELEASED, ErasureState.DONE)
    assert made.public_id not in text(client, "/erasure/holds/")
    assert made.public_id in text(client, "/erasure/holds/?state=all")


def test_a_day_that_is_none_is_refused_in_words_and_not_taken_for_a_missing_one(subject, client_of, compliance, day):
    said = {"scope": "query", "about": "", "since": "", "until": "", "ground": "claim", "review_on": day}
    for name, wrong in (("since", "2026-02-30"), ("until", "tomorrow"), ("review_on", "30.9.2026")):
        answer = client_of(compliance).post(
            "/erasure/holds/new/", said | ({} if name != "review_on" else {"since": "2026-01-01"}) | {name: wrong}
        )
        page = answer.content.decode()
        assert (answer.status_code, page.count("There is no such day.")) == (422, 1)
        assert "Say from when on" not in page
    assert "Say from when on" in client_of(compliance).post("/erasure/holds/new/", said).content.decode()


def test_a_hold_by_query_names_a_time_and_nothing_else_does(subject, client_of, compliance, day):
    client = client_of(compliance)
    said = {"scope": "query", "about": "", "since": "2026-01-01", "until": "2100-01-01", "ground": "claim", "review_on": day}
    for wrong in (
        {"since": "", "until": ""},
        {"until": "2025-01-01"},
        {"scope": "subject", "about": subject.public_id},
        {"scope": "subject"},
    ):
        assert client.post("/erasure/holds/new/", said | wrong).status_code == 422
    for wrong in ({"since": None, "until": None}, {"about": "no id"}, {"category": "none"}):
        assert client.post("/api/v1/holds/", said | wrong, content_type="application/json").status_code == 422
    assert not LegalHold.objects.exists()
    page = text(client, client.post("/erasure/holds/new/", said)["Location"])
    assert "All endings of a time from 1 Jan 2026 before 1 Jan 2100" in page
    assert "1 ending<" in page
    named = said | {"about": subject.surface.public_id, "category": "violence"}
    held = client.post("/api/v1/holds/", named, content_type="application/json").json()
    assert (held["since"], held["category"], held["about"]) == ("2026-01-01T00:00:00Z", "violence", subject.surface.public_id)
    assert "stated as violence, of" in text(client, "/erasure/holds/")


def test_the_api_does_the_same(subject, client_of, compliance, operator, day):
    client, other = client_of(compliance), client_of(operator)

    def post(who, path, **said):
        return who.post(f"/api/v1/{path}", said, content_type="application/json")

    held = post(client, "holds/", scope="subject", about=subject.public_id, ground="obligation", review_on=day)
    assert held.status_code == 201
    hold = held.json()["id"]
    assert post(client, "holds/", scope="subject", about="U-00000000", ground="claim", review_on=day).status_code == 404
    assert post(client, "holds/", scope="subject", about=subject.public_id, ground="claim", review_on="2020-01-01").status_code == 422
    assert post(client, "erasures/", subject="U-00000000", reason="request").status_code == 404
    made = post(client, "erasures/", subject=subject.public_id, reason="request").json()
    assert post(client, f"erasures/{made['id']}/approve/").status_code == 409
    assert post(other, f"erasures/{made['id']}/approve/").json()["state"] == "deferred"
    assert post(client, f"holds/{hold}/extend/", review_on=day).status_code == 200
    assert post(client, f"holds/{hold}/ask-release/").json()["state"] == "releasing"
    assert post(other, f"holds/{hold}/keep/").json()["state"] == "active"
    post(client, f"holds/{hold}/ask-release/")
    assert post(other, f"holds/{hold}/release/").json()["state"] == "released"
    make.judge_all()
    done = client.get(f"/api/v1/erasures/{made['id']}/").json()
    assert (done["state"], done["certificate"]["certificate_id"]) == ("done", made["id"])
    assert post(client, "holds/", scope="subject", about=subject.public_id, ground="claim", review_on=day).status_code == 409
    assert post(client, "erasures/", subject=subject.public_id, reason="request").status_code == 409


def test_who_may_only_look_changes_nothing(subject, client_of, compliance, auditor, senior, day):
    made = client_of(compliance).post("/erasure/new/", {"subject": subject.public_id, "reason": "request"})["Location"]
    before = AuditEntry.objects.count()
    client = client_of(auditor)
    assert "Compliance may" in text(client, "/erasure/")
    assert client.get(made).status_code == 200
    for path in ("/erasure/new/", f"{made}approve/", f"{made}refuse/", "/erasure/holds/new/"):
        assert client.post(path).status_code == 403
    assert client_of(senior).get("/erasure/").status_code == 403
    assert AuditEntry.objects.count() == before


def test_empty_lists_say_how_to_fill_them(client_of, compliance):
    assert "Nobody was erased yet" in text(client_of(compliance), "/erasure/")
    assert "Nothing is held" in text(client_of(compliance), "/erasure/holds/")
    assert "No erasure matches" in text(client_of(compliance), "/erasure/?state=done")


def test_retention_rules_take_two_people_on_their_page(client_of, compliance, operator):
    client, other = client_of(compliance), client_of(operator)
    assert "In force: the default" in text(client, "/erasure/retention/")
    assert client.post("/erasure/retention/new/", {"days": ""}).status_code == 422
    refused = client.post("/erasure/retention/new/", {"days": "10"})
    assert (refused.status_code, "A rule takes from 183" in refused.content.decode()) == (422, True)
    said = {"days": "200", "category0": "violence", "outcome0": "", "days0": "400"}
    url = client.post("/erasure/retention/new/", said)["Location"]
    assert "Somebody other than its author" in text(client, url)
    assert client.post(f"{url}approve/").status_code == 409
    assert "What a night destroyed cannot be brought back" in text(other, url)
    assert other.post(f"{url}approve/").status_code == 302
    assert other.post(f"{url}refuse/").status_code == 409
    page = text(other, "/erasure/retention/")
    assert "In force: Retention 1" in page
    assert "Violence" in page
    assert client.get("/erasure/retention/9/").status_code == 404


def test_retention_in_the_api(client_of, compliance, operator):
    client, other = client_of(compliance), client_of(operator)
    path = "/api/v1/retention/"
    assert client.post(path, {"rules": [{"days": 10}]}, content_type="application/json").status_code == 422
    made = client.post(path, {"rules": [{"days": 250}, {"category": "hate", "days": 300}]}, content_type="application/json")
    assert (made.status_code, made.json()["state"]) == (201, "proposed")
    assert client.post(f"{path}1/approve/").status_code == 409
    assert other.post(f"{path}1/approve/").json()["state"] == "live"
    assert [one["days"] for one in client.get(f"{path}due/").json()] == [300, 250]
    assert other.post(f"{path}7/approve/").status_code == 404


def test_the_page_of_an_unlinked_ending_says_so_and_asks_for_no_purpose(client, compliance):
    old = aged()
    run()
    client.force_login(compliance)
    page = client.get(f"/endings/{old.public_id}/").content.decode()
    assert "This ending was unlinked" in page
    assert "nobody knows any more whose it was" in page
    assert "Open transcript" not in page
    assert "No new chat" not in page
