"""The feedback inbox: what it lists, what it never shows, and who may see it."""

import pytest

from conversations.models import Feedback
from moderation.actions import feedback as actions
from moderation.models import FeedbackCase, GoldenItem, Review
from moderation.states import Answer, ReviewState, Round
from tests import make
from tests.pages import plain

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
    assert "too harsh" in page
    assert "They misread a story" not in page


def test_its_verdict_is_hidden_from_who_may_label_it_until_somebody_has(client_of, reviewer, compliance):
    told = given(thumbs="down")
    review, verdict = Review.objects.get(unit__branch=told.branch), 'data-label="Verdict"><span class="badge"'
    assert verdict in client_of(compliance).get("/feedback/").content.decode()
    client = client_of(reviewer)
    row = client.get("/feedback/").content.decode()
    assert (verdict in row, "hidden</span>" in row) == (False, True)
    make.answer(review, make.make_person("senior"))
    assert verdict in client.get("/feedback/").content.decode()


def test_who_worked_on_it_labels_it_no_more_and_nobody_who_labels_learns_its_review(client_of, reviewer, senior, compliance):
    one = make.make_feedback()
    review = Review.objects.get()
    assert Review.objects.open_to(reviewer).exists()
    client = client_of(reviewer)
    said = client.post(f"/feedback/{one.public_id}/report/", {"why": "reported"}, follow=True).content.decode()
    assert "waits for a blind reader" in said
    assert not Review.objects.open_to(reviewer).exists()
    assert Review.objects.open_to(senior).exists()
    assert all(review.public_id not in page(client_of(who), one) for who in (reviewer, senior))
    assert review.public_id in page(client_of(compliance), one)
    assert api(client, one, "link", ending=one.branch.ending.public_id).json()["review"] is None
    assert client_of(compliance).get(f"/api/v1/feedback/{one.public_id}/").json()["review"] == review.public_id


def test_who_tied_feedback_to_an_ending_labels_that_ending_no_more(reviewer, senior):
    one, other = make.make_feedback(), make.make_review()
    assert set(Review.objects.open_to(reviewer)) == {*Review.objects.all()}
    actions.link_feedback(one.pk, other.unit.branch.ending, actor=reviewer)
    assert not Review.objects.open_to(reviewer).exists()
    assert other in Review.objects.open_to(senior)


def test_one_dialog_apologises_for_a_wrong_ending_and_nominates_it(client_of, senior, reviewer):
    one, template, client = found_wrong(), make.make_reply(), client_of(senior)
    assert "Apologise for a wrong ending" in page(client, one)
    assert "Apologise for" not in page(client_of(reviewer), one)
    assert "People found this ending wrong" in page(client_of(reviewer), one)
    assert move(client_of(reviewer), one, "reply", reply=template.public_id, nominate="on").status_code == 403
    assert move(client, one, "reply", reply=template.public_id, nominate="on").status_code == 302
    case = FeedbackCase.objects.get()
    assert (case.state, GoldenItem.objects.get().unit, GoldenItem.objects.get().nominated_by) == ("answered", one.branch.unit, senior)


def test_an_apology_and_its_nomination_are_one(client_of, senior):
    one, template = make.make_feedback(), make.make_reply()
    client = client_of(senior)
    assert "Apologise for" not in page(client, one)
    assert move(client, one, "reply", reply=template.public_id, nominate="on").status_code == 409
    assert api(client, one, "answer", reply=template.public_id, nominate=True).status_code == 409
    assert not FeedbackCase.objects.exists()
    assert not GoldenItem.objects.exists()
    assert api(client, found_wrong(), "answer", reply=template.public_id, nominate=True).json()["state"] == "answered"
    assert GoldenItem.objects.exists()


def found_wrong():
    """Return feedback on an ending that two readers found wrong."""
    one = make.make_feedback()
    for round_ in (Round.FIRST, Round.SECOND):
        make.answer(make.reading(one.branch.unit, round_), make.make_person("reviewer"), make.statement(Answer.NO))
    return one


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


def move(client, one, name, **data):
    return client.post(f"/feedback/{one.public_id}/{name}/", data)


def page(client, one):
    return client.get(f"/feedback/{one.public_id}/").content.decode()


def test_its_page_shows_what_it_is_about_and_its_text_only_once_opened(client_of, reviewer):
    one, client = make.make_feedback(text="They misread a <b>story</b>.", kind="too_harsh"), client_of(reviewer)
    assert "misread" not in page(client, one)
    assert move(client, one, "open", purpose="nothing").status_code == 422
    assert move(client, one, "open", purpose="quality").status_code == 302
    assert "They misread a &lt;b&gt;story&lt;/b&gt;." in page(client, one)
    assert "misread" not in page(client_of(make.make_person("reviewer")), one)


@pytest.mark.parametrize(("name", "data"), [("open", {"purpose": "quality"}), ("close", {"why": "done"}), ("report", {"why": "reported"})])
def test_who_labels_it_is_answered_like_anybody_and_labels_it_no_more(name, data, client_of, reviewer):
    one, client = make.make_feedback(text="They misread a story."), client_of(reviewer)
    before = plain(client.get(f"/feedback/{one.public_id}/"))
    review = make.reviews.claim_review(Review.objects.get().pk, actor=reviewer)
    assert plain(client.get(f"/feedback/{one.public_id}/")) == before
    assert move(client, one, name, **data).status_code == 302
    assert Review.objects.get().term is ReviewState.OPEN
    assert not Review.objects.open_to(reviewer).filter(pk=review.pk).exists()


def test_a_whole_life_by_the_buttons_of_the_page(client_of, senior):
    one, client = make.make_feedback(), client_of(senior)
    template = make.make_reply(actor=senior)
    assert move(client, one, "link", ending="E-00000000").status_code == 422
    assert move(client, one, "link", ending=one.branch.ending.public_id).status_code == 302
    assert "Linked" in page(client, one)
    assert move(client, one, "report", why="nonsense").status_code == 422
    assert move(client, one, "report", why="reported").status_code == 302
    assert move(client, one, "reply", reply="").status_code == 422
    assert move(client, one, "reply", reply=template.public_id).status_code == 302
    assert "sorry, version 1" in page(client, one)
    assert move(client, one, "close", why="duplicate").status_code == 422
    assert move(client, one, "close", why="done").status_code == 302
    assert "Dealt with" in page(client, one)
    assert move(client, one, "reopen").status_code == 302
    assert "Answered" in page(client, one)


def test_a_duplicate_is_shown_with_the_other(client_of, reviewer):
    one, other, client = make.make_feedback(), make.make_feedback(), client_of(reviewer)
    assert move(client, one, "close", why="duplicate", same_as="F-00000000").status_code == 422
    assert move(client, one, "close", why="duplicate", same_as=other.public_id).status_code == 302
    assert other.public_id in page(client, one)
    assert one.public_id in page(client, other)


def test_bulk_says_with_how_many_it_was_possible(client_of, reviewer):
    told, client = [make.make_feedback() for _ in range(2)], client_of(reviewer)
    ids = [one.public_id for one in told]
    assert "2 closed as dealt with" in client.post("/feedback/bulk/", {"move": "done", "ids": ids}, follow=True).content.decode()
    again = client.post("/feedback/bulk/", {"move": "report", "ids": ids}, follow=True).content.decode()
    assert "0 sent to urgent. 2 could not be" in again
    for bad in ({"move": "done"}, {"move": "erase", "ids": ids}, {"move": "done", "ids": ["' OR 1=1"]}):
        assert "Nothing was done" in client.post("/feedback/bulk/", bad, follow=True).content.decode()


@pytest.mark.parametrize(("query", "found"), [("state=new", True), ("state=closed", False), ("language=en", True), ("language=pt", False)])
def test_state_and_language_filter(query, found, client_of, reviewer):
    one = make.make_feedback()
    assert (one.public_id in client_of(reviewer).get(f"/feedback/?{query}").content.decode()) is found


def test_without_a_conversation_it_can_be_closed_and_not_opened(client_of, reviewer):
    parked()
    one, client = Feedback.objects.get(), client_of(reviewer)
    assert "Not joined yet" in page(client, one)
    assert move(client, one, "open", purpose="quality").status_code == 409
    assert move(client, one, "report", why="reported").status_code == 409
    assert move(client, one, "close", why="nothing").status_code == 302


MOVES = ["open", "link", "report", "reply", "close", "reopen"]


@pytest.mark.parametrize("name", MOVES)
def test_moves_refuse_other_methods_roles_and_ids(name, client_of, reviewer, operator):
    one = make.make_feedback()
    assert client_of(reviewer).get(f"/feedback/{one.public_id}/{name}/").status_code == 405
    assert move(client_of(operator), one, name).status_code == 403
    assert client_of(reviewer).post(f"/feedback/F-00000000/{name}/").status_code == 404


def test_who_may_only_read_is_offered_nothing(client_of, compliance):
    one, client = make.make_feedback(), client_of(compliance)
    assert "/close/" not in page(client, one)
    assert "data-select" not in client.get("/feedback/").content.decode()
    assert move(client, one, "close", why="done").status_code == 403


def api(client, one, name, **data):
    return client.post(f"/api/v1/feedback/{one.public_id}/{name}/", data, content_type="application/json")


def test_the_api_does_the_same(client_of, senior):
    one, client = make.make_feedback(), client_of(senior)
    template = make.make_reply(actor=senior)
    assert client.get(f"/api/v1/feedback/{one.public_id}/").json()["state"] == "new"
    assert api(client, one, "link", ending=one.branch.ending.public_id).json()["state"] == "linked"
    assert api(client, one, "link", ending=one.branch.ending.public_id).status_code == 409
    assert api(client, one, "report", why="disputed").json()["review"] is None  # who labels must not learn it
    assert api(client, one, "answer", reply=template.public_id).json()["state"] == "answered"
    assert api(client, one, "close", why="duplicate").status_code == 409
    assert api(client, one, "close", why="done").json()["closed_as"] == "done"
    assert api(client, one, "reopen").json()["state"] == "answered"


def test_the_api_refuses_bad_bodies_methods_roles_and_ids(client_of, reviewer, operator):
    one, client = make.make_feedback(), client_of(reviewer)
    for name in ("link", "report", "answer", "close"):
        assert api(client, one, name).status_code == 422
        assert client.get(f"/api/v1/feedback/{one.public_id}/{name}/").status_code == 405
        assert api(client_of(operator), one, name).status_code == 403
        assert client.post(f"/api/v1/feedback/F-00000000/{name}/", {}, content_type="application/json").status_code == 404


SAME = "They ended my story about a dragon although nobody was hurt."


def test_texts_that_say_the_same_are_folded_on_wish_and_closed_in_one_go(client_of, reviewer):
    first, again = (make.make_feedback(text=SAME) for _ in range(2))
    client = client_of(reviewer)
    listed = client.get("/feedback/?texts=folded").content.decode()
    assert first.public_id in listed
    assert "1 alike" in listed
    assert again.public_id not in listed
    assert again.public_id in client.get(f"/feedback/?like={first.public_id}").content.decode()
    assert "likeness 1.00" in page(client, first)
    assert first.public_id in page(client, again)
    assert "1 closed as duplicates" in client.post(f"/feedback/{first.public_id}/close-echoes/", follow=True).content.decode()
    assert client.get(f"/api/v1/feedback/{again.public_id}/").json()["says_as"] == first.public_id
    assert api(client, first, "close-echoes").json() == {"closed": 0}


def test_the_banner_says_when_it_cannot_be_measured_yet(client_of, reviewer, compliance):
    given(thumbs="down")
    assert "it takes ten of each" in client_of(reviewer).get("/feedback/").content.decode()
    assert client_of(compliance).get("/api/v1/feedback/bias/").json()["times"] is None
