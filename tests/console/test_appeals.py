"""Appeals: who may take and decide which, and what the page offers."""

from uuid import uuid4

import pytest

from moderation.actions.appeals import take_appeal
from moderation.models import Appeal, Review
from moderation.states import AppealState, Occasion, ReviewState
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def appeal(db):
    return make.make_appeal()


@pytest.fixture
def held(appeal, senior):
    """An appeal in the senior's hand."""
    return take_appeal(appeal.pk, actor=senior)


def labelled_by(user, appeal):
    """Let a person label the ending of an appeal."""
    review = Review.objects.get(unit__branch=appeal.branch)
    make.reviews.claim_review(review.pk, actor=user)
    make.read(review, user)
    make.reviews.submit_review(review.pk, make.statement(), actor=user)
    make.reviews.decide_review(review.pk)


def text(client, query=""):
    return client.get(f"/appeals/{query}").content.decode()


def state(appeal):
    return Appeal.objects.get(pk=appeal.pk).term


def test_it_lists_what_waits_with_a_way_to_take_it(client_of, senior, appeal):
    page = text(client_of(senior))
    assert appeal.public_id in page
    assert f"/appeals/{appeal.public_id}/take/" in page
    assert "I was joking" not in page


def test_without_any_it_says_so(client_of, senior):
    assert "No appeal waits" in text(client_of(senior))


def test_what_is_overdue_says_so(client_of, senior, appeal):
    assert "Overdue" not in text(client_of(senior))
    Appeal.objects.update(due_at=appeal.filed_at)
    assert "Overdue" in text(client_of(senior))


def test_take_and_grant(client_of, senior, appeal):
    client = client_of(senior)
    client.post(f"/appeals/{appeal.public_id}/take/")
    assert state(appeal) is AppealState.TAKEN
    assert f'id="dialog-grant-{appeal.public_id}"' in text(client)
    assert client.post(f"/appeals/{appeal.public_id}/decide/", {"decision": "grant"}).status_code == 302
    assert state(appeal) is AppealState.GRANTED
    assert appeal.public_id not in text(client).split('id="rows"')[1]
    assert appeal.public_id in text(client, "?state=all")
    assert appeal.public_id in text(client, "?state=granted")


def test_deny(client_of, senior, held):
    client_of(senior).post(f"/appeals/{held.public_id}/decide/", {"decision": "deny"})
    assert state(held) is AppealState.DENIED


@pytest.mark.parametrize("answer", [{}, {"decision": "perhaps"}])
def test_nothing_is_decided_without_saying_which(answer, client_of, senior, held):
    client = client_of(senior)
    assert "Nothing was decided" in client.post(f"/appeals/{held.public_id}/decide/", answer, follow=True).content.decode()
    assert state(held) is AppealState.TAKEN


def test_who_labelled_the_ending_is_told_so_and_refused(client_of, senior, appeal):
    labelled_by(senior, appeal)
    client = client_of(senior)
    page = text(client)
    assert "you labelled it" in page
    assert f"/appeals/{appeal.public_id}/take/" not in page
    assert client.post(f"/appeals/{appeal.public_id}/take/").status_code == 409
    assert state(appeal) is AppealState.FILED


def test_another_persons_appeal_is_not_mine_to_decide(client_of, held):
    other = client_of(make.make_person("senior"))
    assert "Held by another" in text(other)
    assert f"/appeals/{held.public_id}/decide/" not in text(other)
    assert other.post(f"/appeals/{held.public_id}/decide/", {"decision": "grant"}).status_code == 409
    assert state(held) is AppealState.TAKEN


def test_an_appeal_is_taken_once(client_of, held):
    assert client_of(make.make_person("senior")).post(f"/appeals/{held.public_id}/take/").status_code == 409


def test_an_appeal_before_its_ending_waits(client_of, senior, ground):
    named = {"id": "nowhere", "branch": {"id": "never"}}
    make.send(make.cloud("appeal.filed", make.WEB, f"ap-{uuid4().hex}", make.timezone.now().isoformat(), conversation=named, text="no"))
    page = text(client_of(senior))
    assert "Not joined yet" in page
    assert "Waits for its ending" in page


def test_who_may_only_read_is_offered_nothing(client_of, auditor, appeal):
    page = text(client_of(auditor))
    assert appeal.public_id in page
    assert "/take/" not in page
    assert "not decide them" in page


@pytest.mark.parametrize("move", ["take", "return", "withdraw", "decide"])
def test_moves_refuse_other_methods_roles_and_ids(move, client_of, senior, compliance, appeal):
    url = f"/appeals/{appeal.public_id}/{move}/"
    assert client_of(senior).get(url).status_code == 405
    assert client_of(compliance).post(url).status_code == 403
    assert client_of(senior).post(f"/appeals/A-00000000/{move}/").status_code == 404


def test_the_list_refuses_other_methods_and_roles(client_of, senior, reviewer):
    assert client_of(senior).post("/appeals/").status_code == 405
    assert client_of(reviewer).get("/appeals/").status_code == 403


def test_htmx_gets_the_rows_alone(client_of, senior, appeal):
    page = client_of(senior).get("/appeals/?state=filed", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert appeal.public_id in page


def test_a_decided_review_is_unmoved_by_an_appeal(client_of, senior, held, reviewer):
    labelled_by(reviewer, held)
    client_of(senior).post(f"/appeals/{held.public_id}/decide/", {"decision": "grant"})
    assert Review.objects.get(unit__branch=held.branch).term is ReviewState.DECIDED


def test_given_back_it_waits_for_another_person(client_of, senior, held):
    assert client_of(senior).post(f"/appeals/{held.public_id}/return/").status_code == 302
    assert state(held) is AppealState.FILED
    take_appeal(held.pk, actor=make.make_person("senior"))
    assert client_of(senior).post(f"/appeals/{held.public_id}/return/").status_code == 409


def test_withdrawn_nobody_decides_it(client_of, senior, held):
    assert client_of(make.make_person("senior")).post(f"/appeals/{held.public_id}/withdraw/").status_code == 302
    assert state(held) is AppealState.WITHDRAWN
    assert client_of(senior).post(f"/appeals/{held.public_id}/decide/", {"decision": "grant"}).status_code == 409


def test_who_decided_on_the_ending_before_is_refused(client_of, senior, held):
    client = client_of(senior)
    client.post(f"/appeals/{held.public_id}/decide/", {"decision": "deny"})
    Appeal.objects.create(
        surface=held.surface, branch=held.branch, subject=held.subject, filed_at=held.filed_at, due_at=held.due_at,
        conversation_external_id=held.conversation_external_id, branch_external_id=held.branch_external_id,
    )  # fmt: skip
    second = Appeal.objects.exclude(pk=held.pk).get()
    assert "you decided on it before" in text(client)
    assert client.post(f"/appeals/{second.public_id}/take/").status_code == 409
    assert client_of(make.make_person("senior")).post(f"/appeals/{second.public_id}/take/").status_code == 302


def test_the_user_is_told_from_a_template_for_that_outcome(client_of, senior, held):
    granted, denied = make.make_reply(Occasion.GRANTED, "yes"), make.make_reply(Occasion.DENIED, "no")
    client = client_of(senior)
    assert granted.text[:20] in text(client)
    assert client.post(f"/appeals/{held.public_id}/decide/", {"decision": "grant", "reply": denied.public_id}).status_code == 409
    assert client.post(f"/appeals/{held.public_id}/decide/", {"decision": "grant", "reply": granted.public_id}).status_code == 302
    assert Appeal.objects.get(pk=held.pk).reply == granted


def api(client, appeal, move, **data):
    return client.post(f"/api/v1/appeals/{appeal.public_id}/{move}/", data, content_type="application/json")


def test_the_api_does_the_same(client_of, senior, auditor, appeal):
    client, reply = client_of(senior), make.make_reply(Occasion.DENIED, "no")
    assert api(client, appeal, "take").json()["state"] == "taken"
    assert api(client, appeal, "return").json()["decider"] is None
    assert api(client, appeal, "take").json()["decider"] == senior.pseudonym
    assert api(client, appeal, "decide").status_code == 422
    assert api(client, appeal, "decide", decision="deny", reply=reply.public_id).json()["reply"] == reply.public_id
    assert api(client, appeal, "withdraw").status_code == 409
    assert client.get("/api/v1/appeals/?state=denied").json()["results"][0]["id"] == appeal.public_id
    assert client_of(auditor).get(f"/api/v1/appeals/{appeal.public_id}/").json()["ending"] == appeal.branch.ending.public_id


def test_the_api_refuses_other_methods_roles_and_ids(client_of, senior, compliance, appeal):
    for move in ("take", "return", "withdraw", "decide"):
        assert client_of(senior).get(f"/api/v1/appeals/{appeal.public_id}/{move}/").status_code == 405
        assert api(client_of(compliance), appeal, move).status_code == 403
        unknown = client_of(senior).post(f"/api/v1/appeals/A-00000000/{move}/", {"decision": "deny"}, content_type="application/json")
        assert unknown.status_code == 404


def test_its_verdict_is_hidden_from_who_could_still_label_its_ending(client_of, appeal, senior, compliance):
    shown = 'data-label="Verdict"><span class="badge"'
    assert (shown in text(client_of(compliance)), shown in text(client_of(senior))) == (True, False)
    labelled_by(senior, appeal)
    assert shown in text(client_of(senior))
