"""The feedback inbox: what it lists, what it never shows, and who may see it."""

import pytest

from conversations.models import Feedback
from tests import make

pytestmark = pytest.mark.django_db


def given(text="They misread a story.", **data):
    """Send feedback on a fresh ending; returns the ending's conversation id at the surface."""
    make.make_ground()
    event = make.ended()
    make.send(event)
    told = make.about("feedback.given", event, text=text)
    told["data"] |= data
    make.send(told)
    make.judge_all()
    return Feedback.objects.latest("received_at")


def parked():
    """Send feedback on a branch that never came."""
    make.make_ground()
    lost = make.cloud("feedback.given", make.WEB, "lost", make.timezone.now().isoformat(), conversation={"id": "c", "branch": {"id": "b"}})
    lost["data"] |= {"thumbs": "up"}
    make.send(lost)


def test_it_lists_feedback_with_its_ending_and_never_its_text(client_of, reviewer):
    told = given(thumbs="down", kind="too_harsh", at_turn=3)
    page = client_of(reviewer).get("/feedback/").content.decode()
    assert told.branch.ending.public_id in page
    assert "too_harsh" in page
    assert told.branch.ending.standing.term.label in page
    assert "They misread a story" not in page


def test_it_says_that_feedback_is_not_a_sample(client_of, reviewer):
    assert "Feedback is not a sample" in client_of(reviewer).get("/feedback/").content.decode()


def test_without_any_it_says_what_would_fill_it(client_of, reviewer):
    page = client_of(reviewer).get("/feedback/").content.decode()
    assert "No feedback yet" in page
    assert "feedback.given" in page


def test_what_waits_for_its_ending_says_so_and_can_be_asked_for(client_of, reviewer):
    told = given(thumbs="down")
    parked()
    client = client_of(reviewer)
    assert "Not joined yet" in client.get("/feedback/?parked=true").content.decode()
    assert told.branch.ending.public_id not in client.get("/feedback/?parked=true").content.decode()
    assert told.branch.ending.public_id in client.get("/feedback/?parked=false").content.decode()


@pytest.mark.parametrize(("query", "found"), [("thumbs=down", True), ("thumbs=up", False), ("kind=too_harsh", True), ("kind=other", False)])
def test_filters(query, found, client_of, reviewer):
    told = given(thumbs="down", kind="too_harsh")
    page = client_of(reviewer).get(f"/feedback/?{query}").content.decode()
    assert (told.branch.ending.public_id in page) is found
    assert found or "No feedback matches" in page


def test_a_filter_of_nonsense_filters_nothing_and_breaks_nothing(client_of, reviewer):
    given()
    assert client_of(reviewer).get("/feedback/?thumbs=sideways&surface=nobody&after=%00").status_code == 200


def test_htmx_gets_the_rows_alone(client_of, reviewer):
    given()
    page = client_of(reviewer).get("/feedback/?thumbs=down", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert "Thumbs" in page


def test_another_method_and_another_role_are_refused(client_of, reviewer, operator):
    assert client_of(reviewer).post("/feedback/").status_code == 405
    assert client_of(operator).get("/feedback/").status_code == 403
