"""The pages and twins of changing many: counted before, reasoned, undone."""

import re

import pytest

from moderation.models import BulkChange, Review
from moderation.states import ReviewState
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(db):
    made = [make.make_review() for _ in range(2)]
    Review.objects.update(lane="audit", due_at=make.timezone.now() + make.timedelta(days=7))
    return made


def page(client, path):
    return client.get(path).content.decode()


def test_a_senior_selects_sees_how_many_and_gives_a_reason(client_of, rows, senior, reviewer):
    client, ids = client_of(senior), [one.public_id for one in rows]
    assert "data-select" in page(client, "/reviews/")
    assert "data-select" not in page(client_of(reviewer), "/reviews/")
    asked = page(client, f"/reviews/bulk/?ids={ids[0]}&ids=nonsense")
    assert "Change 1 review" in asked
    assert "Due in 4 hours: 1 of 1" in asked
    assert "Take claims back: 0 of 1" in asked
    assert "Change 2 reviews" in page(client, "/reviews/bulk/?lane=audit")
    assert "Nothing is selected" in page(client, "/reviews/bulk/?lane=dispute")
    for bad in ({"reason": ""}, {"move": "erase"}, {"ids": []}, {"ids": ["R-00000000"]}):
        assert client.post("/reviews/bulk/", {"ids": ids, "move": "sooner", "reason": "backlog"} | bad).status_code == 422
    answer = client.post("/reviews/bulk/", {"ids": ids, "move": "sooner", "reason": "backlog"}, follow=True).content.decode()
    assert "2 changed" in answer
    change = BulkChange.objects.get()
    assert client.post(f"/reviews/bulk/{change.public_id}/undo/").status_code == 302
    assert "2 of 2 stand as before" in page(client, f"/reviews/bulk/{change.public_id}/")
    assert client.post(f"/reviews/bulk/{change.public_id}/undo/").status_code == 409
    assert client.post("/reviews/bulk/", {"ids": ids, "move": "free", "reason": "absence"}).status_code == 409


def test_a_move_that_changes_nothing_cannot_be_chosen_and_says_why(client_of, rows, senior):
    client = client_of(senior)
    asked = page(client, f"/reviews/bulk/?ids={rows[0].public_id}")
    assert re.search(r'value="free"[^>]*disabled', asked)
    assert not re.search(r'value="(sooner|later)"[^>]*disabled', asked)
    assert "Take claims back: 0 of 1, nobody holds one" in asked
    assert "No move would change any of them" not in asked
    Review.objects.update(lane="urgent", due_at=make.timezone.now())
    asked = page(client, f"/reviews/bulk/?ids={rows[0].public_id}")
    assert len(re.findall(r'name="move"[^>]*disabled', asked)) == 3
    assert re.search(r'aria-disabled="true" data-reason="No move would change any of them"', asked)


def test_what_one_labels_oneself_is_never_among_them(client_of, senior):
    mine = make.make_review(ReviewState.CLAIMED, senior)
    assert "Nothing is selected" in page(client_of(senior), f"/reviews/bulk/?ids={mine.public_id}")


def test_others_change_nothing(client_of, rows, reviewer, auditor):
    for user in (reviewer, auditor):
        client = client_of(user)
        assert client.get("/reviews/bulk/").status_code == 403
        assert client.post("/api/v1/bulk/", {}, content_type="application/json").status_code == 403


def test_the_api_does_the_same(client_of, rows, senior):
    client, ids = client_of(senior), [one.public_id for one in rows]

    def post(path, **body):
        return client.post(f"/api/v1/bulk/{path}", body, content_type="application/json")

    assert post("count/", ids=ids).json() == {"sooner": 2, "later": 2, "free": 0}
    assert post("", ids=ids, move="sooner").status_code == 422
    assert post("", ids=["R-00000000"], move="sooner", reason="backlog").status_code == 422
    made = post("", ids=ids, move="later", reason="incident")
    assert (made.status_code, made.json()["reviews"]) == (201, 2)
    assert post(f"{made.json()['id']}/undo/").json()["restored"] == 2
    assert post("", ids=ids, move="free", reason="absence").status_code == 409
    assert client.get("/api/v1/bulk/").json()["results"][0]["id"] == made.json()["id"]
