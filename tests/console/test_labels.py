"""What a reader sees and does around an answer, at both doors; and what nothing sent to them tells."""

import json
import re
import uuid

import pytest

from moderation.actions import golden, labels, reviews
from moderation.models import Dispute, GoldenItem, Label, Review
from moderation.statements import Checked
from moderation.states import Answer, Check, Lane, Result, ReviewState, Round
from tests import make
from tests.console.test_reviews import GOOD, NO

pytestmark = pytest.mark.django_db

WRONG = make.statement(Answer.NO, checks=(Checked(Check.WARNED, Result.FAIL, (5,)),), note="It names nothing.")
BODY = {"answer": "no", "crisis": "none", "confidence": "high", "checks": [{"check": "warned", "result": "fail", "turns": [5]}]}
VARIES = re.compile(
    r'csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken": "[^"]*"|name="attempt" value="[^"]*"|[RE]-[0-9A-Z]{8}|\d\d:\d\d(:\d\d(\.\d+)?)?|K-[0-9A-Z]{4}|Person \d+'
    r'|datetime="[^"]*"|data-expires="[^"]*"|nonce="[^"]*"'
)


def post(client, path, body=None):
    return client.post(path, json.dumps(body or {}), content_type="application/json")


def adjudicated(reviewer, second_reviewer, senior):
    """Return the first review of a unit that two readers saw differently and a senior decided."""
    review = make.make_review()
    make.answer(review, reviewer, WRONG)
    make.answer(make.reading(review.unit, Round.SECOND), second_reviewer)
    make.answer(make.reading(review.unit, Round.ADJUDICATION), senior)
    return Review.objects.get(pk=review.pk)


def a_golden_item():
    review = make.make_review()
    make.answer(review, make.make_person("reviewer"))
    item = golden.nominate_golden(review.unit_id, actor=make.make_person("senior"))
    for _ in range(2):
        make.answer(make.reading(review.unit, Round.GOLDEN), make.make_person("senior"))
    return GoldenItem.objects.get(pk=item.pk)


def all_that_is_sent(client, review):
    """Return page, headers and API answer of a held review, without what differs from item to item in any case."""
    page = client.get(f"/reviews/{review.public_id}/")
    api = client.get(f"/api/v1/reviews/{review.public_id}/")
    headers = {name: value for name, value in page.items() if name not in {"X-Request-Id", "Content-Security-Policy", "Content-Length"}}
    return VARIES.sub("", page.content.decode() + str(sorted(headers)) + api.content.decode())


def held(review, reader):
    """Let a reader hold a review under a claim of the same age as any other."""
    reviews.claim_review(review.pk, actor=reader)
    return Review.objects.get(pk=review.pk)


def test_golden_second_urgent_and_audited_items_are_sent_alike(client_of):
    """Each by its own reader, who has nothing else; what was ended for other reasons, or why it waits, changes no byte."""
    plain = make.make_review()
    other = make.make_review(reason="other", category="hate", explanation="Something else.")
    urgent = make.make_review()
    Review.objects.filter(pk=urgent.pk).update(lane=Lane.URGENT)
    twice = make.make_review()
    make.answer(twice, make.make_person("reviewer"), WRONG)
    second = make.reading(twice.unit, Round.SECOND)
    refused = make.make_review(reason="user_request")
    make.make_person("reviewer")  # somebody is left to serve it to
    item = a_golden_item()
    gold = make.reading(item.unit, Round.GOLDEN)
    sent = []
    for review in (plain, other, urgent, second, refused, gold):
        reader = make.make_person("reviewer")
        sent.append(all_that_is_sent(client_of(reader), held(review, reader)).splitlines())
    assert [sorted({*sent[0]} ^ {*one}) for one in sent] == [[]] * len(sent)


def test_no_word_of_what_others_said_before_the_commit(client_of, reviewer, second_reviewer):
    review = make.make_review(explanation="It kept going on and on.")
    make.answer(review, reviewer, WRONG)
    second = held(make.reading(review.unit, Round.SECOND), second_reviewer)
    sent = all_that_is_sent(client_of(second_reviewer), second)
    for told in ("It names nothing.", "Second read", "second", "kept going", "harm persistent", reviewer.pseudonym, "golden", "rates"):
        assert told not in sent, told
    assert (
        "You may be asked to label it blind"
        in client_of(second_reviewer).get(f"/endings/{review.unit.branch.ending.public_id}/").content.decode()
    )


def test_another_reviewer_sees_a_masked_ending_until_it_is_read_twice(client_of, reviewer, second_reviewer):
    review = make.make_review()
    make.answer(review, reviewer, WRONG)
    body = client_of(second_reviewer).get(f"/endings/{review.unit.branch.ending.public_id}/").content.decode()
    assert "Justified" not in body
    assert "No, it is not right" not in body


def test_who_adjudicates_sees_both_reasons_and_no_outcome(client_of, reviewer, second_reviewer, senior):
    review = make.make_review()
    make.answer(review, reviewer, WRONG)
    make.answer(make.reading(review.unit, Round.SECOND), second_reviewer, make.statement(note="Clear warning."))
    third = held(make.reading(review.unit, Round.ADJUDICATION), senior)
    body = client_of(senior).get(f"/reviews/{third.public_id}/").content.decode()
    for told in ("It names nothing.", "Clear warning.", reviewer.pseudonym):
        assert told in body, told
    assert "Justified" not in body
    answer = client_of(senior).post(f"/reviews/{third.public_id}/submit/", NO | {"turns_warned": ""})
    assert "turns_warned" in answer.context["form"].errors


@pytest.mark.parametrize(("path", "state"), [("pass-on", ReviewState.OPEN), ("escalate", ReviewState.ESCALATED)])
@pytest.mark.parametrize("door", ["/reviews/", "/api/v1/reviews/"])
def test_a_review_is_left_to_others(client_of, reviewer, second_reviewer, auditor, path, state, door):
    review = make.make_review(ReviewState.CLAIMED, reviewer=reviewer)
    address = f"{door}{review.public_id}/{path}/"
    assert client_of(reviewer).get(address).status_code == 405
    assert client_of(auditor).post(address).status_code == 403
    assert client_of(second_reviewer).post(address).status_code == 409
    assert client_of(reviewer).post(f"{door}R-00000000/{path}/").status_code == 404
    assert client_of(reviewer).post(address).status_code in {200, 302}
    assert Review.objects.get(pk=review.pk).state == state
    assert Label.objects.get().round == Round.OWED


def test_the_reveal_the_amendment_and_the_dispute_by_pages(client_of, reviewer, second_reviewer, senior, auditor):
    review = adjudicated(reviewer, second_reviewer, senior)
    client, base = client_of(reviewer), f"/reviews/{review.public_id}/"
    assert client.get(f"{base}amend/").status_code == 409
    client.post(f"{base}reveal/")
    body = client.get(base).content.decode()
    assert "The other readers" in body
    assert "What the machine saw" in body
    assert "11 Replays under the policy then in force" in body
    assert "It names nothing." in client.get(f"{base}amend/").content.decode()
    assert client.post(f"{base}amend/", GOOD | {"answer": ""}).status_code == 422
    assert client.post(f"{base}amend/", GOOD).status_code == 302
    assert Label.objects.get(round=Round.AMENDMENT).answer == "yes"
    assert client.post(f"{base}dispute/", {"reason": " "}).status_code == 302
    assert not Dispute.objects.exists()
    for who, status in ((auditor, 403), (second_reviewer, 409)):
        assert client_of(who).post(f"{base}dispute/", {"reason": "No."}).status_code == status
        assert client_of(who).get(f"{base}amend/").status_code == status
    assert client.post(f"{base}dispute/", {"reason": "No."}).status_code == 302
    assert "You disputed it" in client.get(base).content.decode()
    assert client.post(f"{base}dispute/", {"reason": "No."}).status_code == 409
    assert client.post("/reviews/R-00000000/dispute/", {"reason": "No."}).status_code == 404


def test_the_same_by_api(client_of, reviewer, second_reviewer, senior):
    review = adjudicated(reviewer, second_reviewer, senior)
    client, base = client_of(reviewer), f"/api/v1/reviews/{review.public_id}/"
    assert client.get(base).json()["moves"] == ["dispute", "reveal"]
    assert post(client, f"{base}amend/", BODY).status_code == 409
    assert post(client, f"{base}reveal/").status_code == 200
    assert post(client, f"{base}amend/", BODY | {"answer": "perhaps"}).status_code == 422
    assert post(client, f"{base}amend/", BODY).status_code == 200
    assert post(client, f"{base}dispute/").status_code == 422
    assert post(client, f"{base}dispute/", {"reason": "No."}).status_code == 200
    assert post(client, f"{base}dispute/", {"reason": "No."}).status_code == 409
    assert client.get(base).json()["moves"] == ["amend", "reveal"]


def test_an_attempt_sent_twice_by_api_is_one_commit(client_of, reviewer):
    review = make.make_review(ReviewState.CLAIMED, reviewer=reviewer)
    make.read(review, reviewer)
    body = BODY | {"attempt": str(uuid.uuid4())}
    for _ in range(2):
        assert post(client_of(reviewer), f"/api/v1/reviews/{review.public_id}/submit/", body).status_code == 200
    assert post(client_of(reviewer), f"/api/v1/reviews/{review.public_id}/submit/", BODY).status_code == 409


def test_a_golden_item_gives_feedback_after_the_answer_only(client_of, second_reviewer):
    item = a_golden_item()
    review = held(make.reading(item.unit, Round.GOLDEN), second_reviewer)
    client, base = client_of(second_reviewer), f"/reviews/{review.public_id}/"
    client.get(base)
    client.post(f"{base}submit/", NO)
    assert "golden" not in client.get(base).content.decode()
    client.post(f"{base}reveal/")
    body = client.get(base).content.decode()
    assert "This was a golden item" in body
    assert "answered otherwise" in body
    client.post(f"{base}dispute/", {"reason": "No."})
    assert labels.disputable(Review.objects.get(pk=review.pk)) == item.standard


def test_golden_items_by_pages(client_of, reviewer, senior):
    review = make.make_review()
    make.answer(review, reviewer)
    ending, client = review.unit.branch.ending, client_of(senior)
    path = f"/endings/{ending.public_id}/nominate/"
    assert client_of(reviewer).post(path).status_code == 403
    assert client.get(path).status_code == 405
    assert client.post("/endings/E-00000000/nominate/").status_code == 404
    shown = client.post(path, follow=True).content.decode()
    assert "Waits for two seniors" in shown
    assert client.post(path).status_code == 409
    item = GoldenItem.objects.get()
    assert item.public_id in client.get("/golden/").content.decode()
    assert client_of(reviewer).get("/golden/").status_code == 403
    assert client_of(reviewer).get(f"/golden/{item.public_id}/").status_code == 403
    assert client.get("/golden/G-00000000/").status_code == 404
    client.post(f"/golden/{item.public_id}/retire/", {"reason": "seniors_differ"})
    assert GoldenItem.objects.get().state == "nominated"
    client.post(f"/golden/{item.public_id}/retire/", {"reason": "mistake"})
    assert GoldenItem.objects.get().state == "retired"
    assert client.post(f"/golden/{item.public_id}/retire/", {"reason": "mistake"}).status_code == 409


def test_an_escalated_review_is_shown_to_who_escalated_it_without_a_form(client_of, reviewer):
    review = make.make_review(ReviewState.CLAIMED, reviewer)
    client = client_of(reviewer)
    assert 'name="answer"' in client.get(f"/reviews/{review.public_id}/").content.decode()
    labels.escalate(review.pk, actor=reviewer)
    shown = client.get(f"/reviews/{review.public_id}/").content.decode()
    assert 'name="answer"' not in shown
    assert "data-heartbeat" not in shown
    assert "It was handed to a senior" in shown


def test_what_seniors_said_of_a_golden_item_is_withheld_from_who_must_still_read_it(client_of, senior, second_reviewer):
    item = a_golden_item()
    path = f"/golden/{item.public_id}/"
    assert GoldenItem.objects.get(pk=item.pk).standard is not None
    assert "withheld from you" in client_of(senior).get(path).content.decode()
    assert "hidden</span>" in client_of(senior).get("/golden/").content.decode()
    assert client_of(senior).get(f"/api/v1{path}").json()["answer"] is None
    make.answer(make.reading(item.unit, Round.GOLDEN), senior)
    assert "withheld from you" not in client_of(senior).get(path).content.decode()
    assert client_of(senior).get(f"/api/v1{path}").json()["answer"] == "yes"


def test_golden_items_by_api(client_of, reviewer, senior):
    review = make.make_review()
    ending, client = review.unit.branch.ending.public_id, client_of(senior)
    assert post(client, "/api/v1/golden/", {"ending": ending}).status_code == 409
    make.answer(review, reviewer)
    assert post(client_of(reviewer), "/api/v1/golden/", {"ending": ending}).status_code == 403
    assert post(client, "/api/v1/golden/", {"ending": "E-00000000"}).status_code == 404
    assert post(client, "/api/v1/golden/", {"ending": "x"}).status_code == 422
    made = post(client, "/api/v1/golden/", {"ending": ending})
    assert (made.status_code, made.json()["state"]) == (201, "nominated")
    path = f"/api/v1/golden/{made.json()['id']}/"
    assert client.get(path).json()["answer"] is None
    assert client.get("/api/v1/golden/?state=nominated").json()["results"][0]["ending"] == ending
    assert post(client, f"{path}retire/", {"reason": "dispute_upheld"}).status_code == 422
    assert post(client, f"{path}retire/", {"reason": "known"}).json()["state"] == "retired"


def test_the_last_answers_stand_under_the_form(client_of, reviewer):
    done = make.make_review(ReviewState.DECIDED, reviewer=reviewer)
    review = make.make_review()
    held(review, reviewer)
    body = client_of(reviewer).get(f"/reviews/{review.public_id}/").content.decode()
    assert f'href="/reviews/{done.public_id}/"' in body
