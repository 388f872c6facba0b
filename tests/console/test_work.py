"""The work page: depth, what died, how much lies in quarantine; and retrying."""

from datetime import timedelta

import pytest
from django.utils import timezone

from moderation.actions.quarantine import quarantine_event
from moderation.actions.work import MUST_BE_DONE
from moderation.models import AuditEntry, WorkItem
from moderation.states import WorkState
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead(db):
    """An item that gave up after five tries."""
    make.make_ending()
    WorkItem.objects.update(state="dead", attempts=5, last_error="KeyError")
    return WorkItem.objects.latest("id")


def text(client):
    return client.get("/work/").content.decode()


def test_with_nothing_to_do_it_says_so(client_of, operator):
    page = text(client_of(operator))
    assert "nothing waits" in page
    assert "Nothing is dead" in page


def test_it_counts_by_kind_and_state(client_of, operator):
    make.make_ending()
    make.make_ending(judged=False)
    answer = client_of(operator).get("/work/")
    [judge] = [row for row in answer.context["rows"] if row.kind == "judge"]
    assert (judge.ready, judge.leased, judge.dead, judge.done) == (1, 0, 0, 1)
    assert judge.rate == 1 / 60
    assert judge.oldest == answer.context["oldest"]
    assert answer.context["depth"] == 1
    assert answer.context["oldest"] is not None


def test_what_was_done_long_ago_is_no_rate(client_of, operator):
    make.make_ending()
    WorkItem.objects.update(done_at=timezone.now() - timedelta(minutes=61))
    assert client_of(operator).get("/work/").context["done"] == 0


def test_a_dead_item_can_be_retried(client_of, operator, dead):
    client = client_of(operator)
    assert "KeyError" in text(client)
    assert client.post(f"/work/{dead.pk}/retry/").status_code == 302
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == (WorkState.READY, 0)
    assert AuditEntry.objects.filter(action="work.requeued", target_id=dead.public_id).exists()


def test_the_auditor_sees_it_and_is_offered_nothing(client_of, auditor, dead):
    page = text(client_of(auditor))
    assert "KeyError" in page
    assert "/retry/" not in page


def test_it_counts_what_is_held_in_quarantine_and_leads_there(client_of, operator):
    quarantine_event(b"{}", make.make_surface(), problem="invalid", field="data", detail="is missing", auth="test")
    answer = client_of(operator).get("/work/")
    assert answer.context["held"] == 1
    assert 'href="/quarantine/"' in answer.content.decode()


def test_moves_refuse_other_methods_roles_and_ids(client_of, operator, auditor, reviewer, dead):
    url = f"/work/{dead.pk}/retry/"
    assert client_of(operator).get(url).status_code == 405
    assert client_of(auditor).post(url).status_code == 403
    assert client_of(operator).post("/work/999999/retry/").status_code == 404
    assert client_of(operator).post("/work/").status_code == 405
    assert client_of(reviewer).get("/work/").status_code == 403


def test_what_is_not_dead_cannot_be_retried(client_of, operator):
    make.make_ending()
    assert client_of(operator).post(f"/work/{WorkItem.objects.latest('id').pk}/retry/").status_code == 404


@pytest.mark.parametrize("kind", sorted(MUST_BE_DONE))
def test_what_somebody_is_owed_is_retried_and_never_discarded(client_of, operator, dead, kind):
    WorkItem.objects.filter(pk=dead.pk).update(kind=kind)
    client = client_of(operator)
    page = client.get(f"/work/{dead.pk}/").content.decode()
    assert "cannot be discarded" in page
    assert "Discard work" not in page
    refused = client.post(f"/work/{dead.pk}/discard/", {"reason": "not_needed"})
    assert (refused.status_code, "can only be tried again" in refused.content.decode()) == (409, True)
    told = client.post(f"/api/v1/work/{dead.public_id}/discard/", {"reason": "not_needed"}, content_type="application/json")
    assert (told.status_code, "can only be tried again" in told.json()["detail"]) == (409, True)
    dead.refresh_from_db()
    assert dead.state == WorkState.DEAD
    assert client.post(f"/work/{dead.pk}/retry/").status_code == 302


def test_a_dead_item_has_a_page_and_is_discarded_for_a_reason(client_of, operator, auditor, dead):
    WorkItem.objects.filter(pk=dead.pk).update(kind="words")  # judging is owed
    client, url = client_of(operator), f"/work/{dead.pk}/"
    assert f'href="{url}"' in text(client)
    page = client.get(url).content.decode()
    assert "KeyError" in page
    assert "Discard work" in page
    assert "Discard work" not in client_of(auditor).get(url).content.decode()
    assert client.post(f"{url}discard/", {"reason": ""}).status_code == 422
    dead.refresh_from_db()
    assert dead.state == WorkState.DEAD
    assert client.post(f"{url}discard/", {"reason": "not_needed"}).status_code == 302
    dead.refresh_from_db()
    assert (dead.state, dead.last_error) == (WorkState.DONE, "discarded: not_needed")
    entry = AuditEntry.objects.get(action="work.discarded", target_id=dead.public_id).entry
    assert entry["reason"] == "not_needed"
    for gone in (client.get(url), client.post(f"{url}discard/", {"reason": "not_needed"}), client.post(f"{url}retry/")):
        assert gone.status_code == 404


def test_the_api_tells_what_died_and_makes_the_same_moves(client_of, operator, auditor, reviewer, dead):
    client, url = client_of(operator), f"/api/v1/work/{dead.public_id}/"
    listed = client.get("/api/v1/work/").json()["results"]
    assert client.get(url).json() in listed
    assert {one["last_error"] for one in listed} == {"KeyError"}
    [judge] = [one for one in client.get("/api/v1/work/kinds/").json() if one["kind"] == "judge"]
    assert (judge["dead"], judge["ready"]) == (1, 0)
    assert client_of(auditor).post(f"{url}retry/").status_code == 403
    assert client_of(reviewer).get(url).status_code == 403
    assert client.post(f"{url}discard/", {"reason": "because"}, content_type="application/json").status_code == 422
    assert client.post(f"{url}retry/").json()["state"] == "ready"
    assert client.post(f"{url}retry/").status_code == 404
    WorkItem.objects.filter(pk=dead.pk).update(state="dead", kind="words")  # judging is owed
    assert client.post(f"{url}discard/", {"reason": "beyond_repair"}, content_type="application/json").json()["state"] == "done"
    assert client.get("/api/v1/work/W-999999/").status_code == 404
