"""Personal API tokens: what they open, for how long, and that nothing of them is kept."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from moderation.actions.leaving import revoke_role
from moderation.actions.tokens import make_token
from moderation.models import ApiToken, AuditEntry, Review, RoleName
from tests import make

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def made(user, *scopes, lasts=DAY):
    return make_token(user, "A program", scopes=scopes, lasts=lasts)


def ask(token, path, method="get", **more):
    return getattr(Client(), method)(path, headers={"Authorization": f"Bearer {token.secret}"}, **more)


def test_it_opens_what_its_scopes_and_roles_allow_and_no_more(reviewer):
    token = made(reviewer, "see_queue")
    assert ask(token, "/api/v1/reviews/").status_code == 200
    assert ask(token, "/api/v1/endings/").status_code == 403
    assert ask(made(reviewer, "see_exports"), "/api/v1/exports/").status_code == 403
    assert ask(token, "/reviews/").status_code == 302  # pages take sessions


def test_what_a_role_no_longer_allows_no_token_does(reviewer):
    token = made(reviewer, "see_queue")
    revoke_role(reviewer, RoleName.REVIEWER, actor=make.TESTS)
    assert ask(token, "/api/v1/reviews/").status_code == 403


def test_it_writes_without_a_csrf_token_and_the_log_says_how_it_was_known(reviewer):
    review = make.make_review()
    Review.objects.filter(pk=review.pk).update(lane="urgent")
    client = Client(enforce_csrf_checks=True)
    answer = client.post(
        f"/api/v1/reviews/{review.public_id}/claim/", headers={"Authorization": f"Bearer {made(reviewer, 'label').secret}"}
    )
    assert answer.status_code == 200
    assert AuditEntry.objects.filter(action="review.claimed").latest("created_at").entry["actor"]["auth"] == "token"


@pytest.mark.parametrize("change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - DAY}])
def test_what_was_revoked_or_has_expired_opens_nothing(change, reviewer):
    token = made(reviewer, "see_queue")
    ApiToken.objects.update(**change)
    answer = ask(token, "/api/v1/reviews/")
    assert (answer.status_code, answer.json()["type"].split(":")[-1]) == (401, "bad-token")


def test_a_made_up_token_and_a_person_who_left_are_not_told_apart(reviewer):
    token = made(reviewer, "see_queue")
    reviewer.is_active = False
    reviewer.save(update_fields=["is_active"])
    unknown = Client().get("/api/v1/reviews/", headers={"Authorization": "Bearer rpt_nonsense"})
    assert unknown.json() == ask(token, "/api/v1/reviews/").json()


def test_only_a_hash_is_kept_and_when_it_was_used(reviewer):
    token = made(reviewer, "see_queue")
    ask(token, "/api/v1/reviews/")
    row = ApiToken.objects.get()
    assert token.secret not in str(row.__dict__)
    assert row.last_used_at is not None
    ask(token, "/api/v1/reviews/")
    assert ApiToken.objects.get().last_used_at == row.last_used_at  # noted once a minute


def test_a_search_needs_its_scope(senior):
    make.make_ending()
    assert ask(made(senior, "see_endings"), "/api/v1/endings/?q=bomb").status_code == 403
    assert ask(made(senior, "see_endings", "search_transcripts"), "/api/v1/endings/?q=bomb").status_code == 200


def test_no_token_makes_another_or_changes_how_one_works(senior):
    token = made(senior, "see_endings")
    body = {"name": "x", "scopes": ["see_endings"], "lasts": "7"}
    assert ask(token, "/api/v1/tokens/", "post", data=body, content_type="application/json").status_code == 403
    assert ask(token, "/api/v1/keyboard/").status_code == 403


def test_the_page_makes_one_shows_it_once_and_revokes_it(client_of, reviewer, second_reviewer):
    client = client_of(reviewer)
    assert "No tokens yet" in client.get("/settings/tokens/").content.decode()
    asked = {"name": "Report <b>", "scopes": ["see_queue"], "lasts": "30"}
    for bad in ({"scopes": ["see_exports"]}, {"scopes": []}, {"lasts": "9999"}, {"name": ""}):
        assert client.post("/settings/tokens/", asked | bad).status_code == 422
    answer = client.post("/settings/tokens/", asked)
    assert "rpt_" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    token = ApiToken.objects.get()
    page = client.get("/settings/tokens/").content.decode()
    assert f"{token.begins}…" in page
    assert "Report &lt;b&gt;" in page
    assert client_of(second_reviewer).post(f"/settings/tokens/{token.public_id}/revoke/").status_code == 404
    for _ in range(2):
        assert client.post(f"/settings/tokens/{token.public_id}/revoke/").status_code == 302
    assert AuditEntry.objects.filter(action="token.revoked").count() == 1
    assert "Revoked" in client.get("/settings/tokens/").content.decode()


def test_the_api_does_the_same(client_of, reviewer, second_reviewer):
    client = client_of(reviewer)
    body = {"name": "Report", "scopes": ["see_queue"], "lasts": "7"}
    assert client.post("/api/v1/tokens/", body | {"scopes": ["see_exports"]}, content_type="application/json").status_code == 422
    answer = client.post("/api/v1/tokens/", body, content_type="application/json")
    assert answer.status_code == 201
    identity = answer.json()["token"]["id"]
    assert [one["id"] for one in client.get("/api/v1/tokens/").json()] == [identity]
    assert client_of(second_reviewer).get("/api/v1/tokens/").json() == []
    assert client_of(second_reviewer).post(f"/api/v1/tokens/{identity}/revoke/").status_code == 404
    assert client.post(f"/api/v1/tokens/{identity}/revoke/").json()["revoked_at"]
