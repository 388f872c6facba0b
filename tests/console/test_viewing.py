"""Viewing pages as another role would: narrower, read only, recorded, and blind as before."""

import pytest

from console.roles import ROLES, Can, allowed, holds
from moderation.models import AuditEntry, Comfort, RoleName
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def view(client_of):
    """Return a browser of a person who views pages as a role."""

    def start(user, role):
        client = client_of(user)
        client.post("/settings/roles/view/", {"role": role})
        return client

    return start


def test_pages_and_api_show_what_both_roles_may_and_no_more(view, senior):
    client = view(senior, "reviewer")
    home = client.get("/").content.decode()
    assert "Viewed as Reviewer: read only" in home
    assert client.get("/golden/").status_code == 403
    assert client.get("/api/v1/golden/").status_code == 403
    assert client.get("/reviews/").status_code == 200
    assert view(senior, "compliance").get("/exports/").status_code == 403  # not theirs, so it stays closed


@pytest.mark.parametrize("role", RoleName)
def test_it_never_widens_what_one_may(role, senior):
    senior.viewed_as = role.value
    assert allowed(senior) == holds(senior) & ROLES[role]
    assert allowed(senior) <= holds(senior)


def test_nothing_can_be_changed(view, senior):
    client = view(senior, "reviewer")
    before = AuditEntry.objects.count()
    assert client.post("/settings/comfort/", {"fold": "on"}).status_code == 409
    assert client.post("/reviews/next/").status_code == 409
    answer = client.put("/api/v1/desk/comfort/", {"fold": True}, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert not Comfort.objects.exists()
    assert AuditEntry.objects.count() == before


def test_who_may_label_stays_blind(view, senior):
    ending = make.make_ending()
    told = view(senior, "auditor").get(f"/endings/{ending.public_id}/").content.decode()
    assert ending.standing.term.label not in told
    api = view(senior, "auditor").get("/api/v1/endings/").json()["results"][0]
    assert (api["masked"], api["verdict"]) == (True, None)


def test_going_back_ends_it_and_both_are_recorded(view, senior):
    client = view(senior, "reviewer")
    assert client.post("/settings/roles/back/").status_code == 302
    assert "Viewed as" not in client.get("/").content.decode()
    assert client.get("/golden/").status_code == 200
    kinds = list(AuditEntry.objects.filter(action__startswith="role.view").order_by("created_at").values_list("action", flat=True))
    assert kinds == ["role.viewed", "role.view_ended"]
    client.post("/settings/roles/back/")
    assert AuditEntry.objects.filter(action="role.view_ended").count() == 1


def test_who_may_not_and_made_up_roles_change_nothing(view, senior, reviewer):
    client = view(senior, "emperor")
    assert "Viewed as" not in client.get("/").content.decode()
    mine = view(reviewer, "senior")
    assert mine.get("/golden/").status_code == 403
    assert "Viewed as" not in mine.get("/").content.decode()
    session = mine.session
    session["viewed_as"] = "auditor"
    session.save()
    assert "Viewed as" not in mine.get("/").content.decode()


def test_the_page_of_roles_offers_it(client_of, senior, reviewer):
    assert "View as this role" in client_of(senior).get("/settings/roles/").content.decode()
    assert "View as this role" not in client_of(reviewer).get("/settings/roles/").content.decode()
    assert Can.VIEW_AS in ROLES[RoleName.SENIOR]
