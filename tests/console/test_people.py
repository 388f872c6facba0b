"""The page of people and its twin in the API: who sees it, what it changes, what it refuses, and passwords that are shown once."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.test import Client

from moderation.actions.tokens import make_token
from moderation.models import AuditEntry, RoleGrant, User
from tests import make

pytestmark = pytest.mark.django_db


def url(one, act=""):
    return f"/people/{one.pseudonym}/{act}"


def api(one, act=""):
    return f"/api/v1/people/{one.pseudonym}/{act}"


def roles(one):
    return set(RoleGrant.objects.in_force().filter(user=one).values_list("role", flat=True))


def reasons(one):
    rows = AuditEntry.objects.about("person", one.public_id).order_by("id")
    return [(row.action, row.entry.get("reason"), row.actor_id) for row in rows if row.entry.get("reason")]


def send(client, path, data=None):
    return client.post(path, data or {}, content_type="application/json")


def test_it_lists_people_with_roles_and_last_sign_in(client_of, operator, senior):
    Client().post("/sign-in/", {"username": senior.email, "password": make.PASSWORD})
    gone = make.make_person("reviewer")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    page = client_of(operator).get("/people/").content.decode()
    assert senior.email in page
    assert "Senior" in page
    assert gone.email not in page
    everybody = client_of(operator).get("/people/?standing=all").content.decode()
    assert gone.email in everybody
    assert "Never" in everybody
    rows = {one["id"]: one for one in client_of(operator).get("/api/v1/people/?standing=all").json()["results"]}
    assert rows[senior.pseudonym]["roles"] == ["senior"]
    assert rows[senior.pseudonym]["last_sign_in"]
    assert rows[gone.pseudonym]["active"] is False
    assert client_of(operator).get(api(gone)).json()["active"] is False


@pytest.mark.parametrize("query", ["q=person-", "role=senior", "standing=left"])
def test_page_and_api_filter_alike(client_of, operator, senior, reviewer, query):
    User.objects.filter(pk=reviewer.pk).update(is_active=False)
    client = client_of(operator)
    shown = [one.pseudonym for one in client.get(f"/people/?{query}").context["rows"]]
    assert shown == [one["id"] for one in client.get(f"/api/v1/people/?{query}").json()["results"]]
    assert shown


def test_adding_somebody_shows_a_password_once(client_of, operator):
    client = client_of(operator)
    answer = client.post("/people/add/", {"name": "Ana Lima", "email": "Ana@Example.org", "roles": ["reviewer", "auditor"]})
    ana, password = User.objects.get(email="ana@example.org"), answer.context["password"]
    assert password in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert authenticate(username=ana.email, password=password) == ana
    assert roles(ana) == {"reviewer", "auditor"}
    assert password not in client.get(url(ana)).content.decode()
    assert password not in str(dict(client.session))
    assert reasons(ana) == [("role.granted", "joined", operator.public_id)] * 2
    assert RoleGrant.objects.filter(user=ana, granted_by=operator).count() == 2
    made = send(client, "/api/v1/people/", {"name": "Ben", "email": "ben@example.org", "roles": ["senior"]})
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    assert authenticate(username="ben@example.org", password=made.json()["password"]).roles() == {"senior"}


@pytest.mark.parametrize(
    "data", [{"name": "", "email": "x@example.org"}, {"name": "X", "email": "no"}, {"name": "X", "email": "x@y.z", "roles": ["king"]}]
)
def test_nonsense_adds_nobody(client_of, operator, data):
    before = User.objects.count()
    assert client_of(operator).post("/people/add/", data).status_code == 422
    assert send(client_of(operator), "/api/v1/people/", data).status_code == 422
    assert User.objects.count() == before


def test_an_address_is_taken_once(client_of, operator, reviewer):
    data = {"name": "Again", "email": reviewer.email.upper()}
    answer = client_of(operator).post("/people/add/", data)
    assert answer.status_code == 422
    assert "Somebody signs in with this address already" in answer.content.decode()
    assert send(client_of(operator), "/api/v1/people/", data).status_code == 409


@pytest.mark.parametrize("door", ["page", "api"])
def test_roles_change_for_a_reason(client_of, operator, reviewer, door):
    client = client_of(operator)
    do = {"page": lambda act, data: client.post(url(reviewer, act), data), "api": lambda act, data: send(client, api(reviewer, act), data)}[
        door
    ]
    done = {"page": 302, "api": 200}[door]
    assert do("grant/", {"role": "senior"}).status_code == 422
    assert do("grant/", {"role": "king", "why": "duties"}).status_code == 422
    assert roles(reviewer) == {"reviewer"}
    assert do("grant/", {"role": "senior", "why": "duties"}).status_code == done
    assert roles(reviewer) == {"reviewer", "senior"}
    assert do("revoke/", {"role": "reviewer", "why": "mistake"}).status_code == done
    assert roles(reviewer) == {"senior"}
    assert [(action, why) for action, why, by in reasons(reviewer) if by == operator.public_id] == [
        ("role.granted", "duties"),
        ("role.revoked", "mistake"),
    ]
    page = client.get(url(reviewer)).content.decode()
    assert "Senior: Their duties changed" in page
    assert operator.pseudonym in page


@pytest.mark.parametrize("door", ["page", "api"])
def test_somebody_leaves_and_comes_back(client_of, operator, reviewer, door):
    client, theirs = client_of(operator), client_of(reviewer)
    do = {"page": lambda act, data: client.post(url(reviewer, act), data), "api": lambda act, data: send(client, api(reviewer, act), data)}[
        door
    ]
    assert do("deactivate/", {}).status_code == 422
    assert theirs.get("/").status_code == 200
    assert do("deactivate/", {"why": "left"}).status_code in {200, 302}
    assert theirs.get("/").status_code == 302
    assert "Let them in again" in client.get(url(reviewer)).content.decode()
    assert do("activate/", {"why": "returned"}).status_code in {200, 302}
    assert theirs.get("/").status_code == 302
    assert authenticate(username=reviewer.email, password=make.PASSWORD) == reviewer
    assert [why for action, why, _ in reasons(reviewer) if action.startswith("person.")] == ["left", "returned"]


def test_nobody_changes_their_own(client_of, operator):
    make.make_person("operator")
    client = client_of(operator)
    assert "Somebody else changes what you may do" in client.get(url(operator)).content.decode()
    assert "Grant a role" not in client.get(url(operator)).content.decode()
    for act, data in (
        ("grant/", {"role": "senior", "why": "duties"}),
        ("revoke/", {"role": "operator", "why": "left"}),
        ("deactivate/", {"why": "left"}),
    ):
        assert client.post(url(operator, act), data).status_code == 409
        assert send(client, api(operator, act), data).status_code == 409
    assert send(client, api(operator, "password/")).status_code == 409
    assert client.post(url(operator, "password/"))["Location"] == "/settings/password/"
    assert roles(operator) == {"operator"}
    assert authenticate(username=operator.email, password=make.PASSWORD) == operator


def test_a_new_password_ends_sessions_and_is_shown_once(client_of, operator, reviewer):
    theirs, client = client_of(reviewer), client_of(operator)
    answer = client.post(url(reviewer, "password/"))
    password = answer.context["password"]
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert theirs.get("/").status_code == 302
    assert authenticate(username=reviewer.email, password=password) == reviewer
    assert password not in client.get(url(reviewer)).content.decode()
    other = send(client, api(reviewer, "password/")).json()
    assert authenticate(username=reviewer.email, password=other["password"]) == reviewer
    assert other["person"]["id"] == reviewer.pseudonym


def test_others_only_look_or_are_refused(client_of, auditor, compliance, senior, reviewer):
    for who in (auditor, compliance):
        client = client_of(who)
        assert "Add somebody" not in client.get("/people/").content.decode()
        assert "Grant a role" not in client.get(url(reviewer)).content.decode()
        assert client.post("/people/add/", {}).status_code == 403
        assert client.post(url(reviewer, "deactivate/"), {"why": "left"}).status_code == 403
        assert send(client, api(reviewer, "deactivate/"), {"why": "left"}).status_code == 403
    assert client_of(senior).get("/people/").status_code == 403
    assert client_of(senior).get("/api/v1/people/").status_code == 403


def test_no_token_changes_people(operator, reviewer, client_of):
    token = make_token(operator, "script", scopes=["see_people", "manage_people"], lasts=timedelta(days=1))
    headers = {"Authorization": f"Bearer {token.secret}"}
    assert Client().get("/api/v1/people/", headers=headers).status_code == 200
    refused = Client().post(api(reviewer, "grant/"), {"role": "senior", "why": "duties"}, content_type="application/json", headers=headers)
    assert refused.status_code == 403
    assert 'value="manage_people"' not in client_of(operator).get("/settings/tokens/").content.decode()


def test_other_methods_and_unknown_people_are_refused(client_of, operator, reviewer):
    client = client_of(operator)
    for act in ("grant/", "revoke/", "deactivate/", "activate/", "password/"):
        assert client.get(url(reviewer, act)).status_code == 405
        assert client.get(api(reviewer, act)).status_code == 405
        assert client.post(f"/people/K-0000/{act}", {"why": "left"}).status_code == 404
        data = {"why": "left", "role": "senior"}
        assert send(client, f"/api/v1/people/K-0000/{act}", data).status_code == 404
    assert client.post("/people/").status_code == 405
    assert client.get("/people/K-0000/").status_code == 404
    assert client.get("/people/nobody/").status_code == 404


def test_one_changes_ones_own_password_and_stays_signed_in(client_of, reviewer):
    here, elsewhere = client_of(reviewer), client_of(reviewer)
    new = "another battery, another staple"
    wrong = here.post("/settings/password/", {"old_password": "wrong", "new_password1": new, "new_password2": new})
    assert wrong.status_code == 422
    assert AuditEntry.objects.about("person", reviewer.public_id).filter(action="login.failed").exists()
    weak = {"old_password": make.PASSWORD, "new_password1": "short", "new_password2": "short"}
    assert here.post("/settings/password/", weak).status_code == 422
    right = {"old_password": make.PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/settings/password/", right)["Location"] == "/settings/"
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert authenticate(username=reviewer.email, password=new) == reviewer


def test_the_eleventh_wrong_password_is_not_looked_at_here_either(client_of, reviewer):
    client = client_of(reviewer)
    new = "another battery, another staple"
    for _ in range(10):
        client.post("/settings/password/", {"old_password": "wrong", "new_password1": new, "new_password2": new})
    right = {"old_password": make.PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/settings/password/", right).status_code == 429
    assert authenticate(username=reviewer.email, password=make.PASSWORD) == reviewer
