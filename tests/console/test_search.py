"""Search: a pasted id leads to its page, for whoever may see that page."""

import pytest

from conversations.models import Feedback
from moderation.models import AuditEntry, Export, Review
from tests import make
from tests.moderation.conftest import log_keys, own_log  # noqa: F401  # fixtures, found by name
from tests.moderation.logs import sequence_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]


def where(client, query):
    answer = client.get("/search/", {"q": query})
    return answer["Location"] if answer.status_code == 302 else answer.status_code


@pytest.fixture
def appeal(db):
    return make.make_appeal()


def test_every_name_of_an_ending_leads_to_it(client_of, senior, appeal):
    ending, client = appeal.branch.ending, client_of(senior)
    conversation = ending.branch.conversation
    names = [ending.public_id, ending.branch.public_id, ending.branch.external_id, conversation.public_id, conversation.external_id]
    for name in [*names, f"  {ending.public_id.lower()} "]:
        assert where(client, name) == f"/endings/{ending.public_id}/", name


def test_feedback_leads_to_its_ending(client_of, reviewer, ground):
    event = make.ended()
    make.send(event)
    make.send(make.about("feedback.given", event, thumbs="up"))
    told = Feedback.objects.get()
    assert where(client_of(reviewer), told.public_id) == f"/endings/{told.branch.ending.public_id}/"


def test_reviews_appeals_policies_and_exports(client_of, senior, compliance, appeal):
    review = Review.objects.get(unit__branch=appeal.branch)
    export = Export.objects.create(kind="audit", format="csv", requested_by=compliance)
    assert where(client_of(senior), review.public_id) == f"/reviews/{review.public_id}/"
    assert where(client_of(senior), appeal.public_id) == f"/appeals/?state=all#{appeal.public_id}"
    assert where(client_of(senior), "p-1") == "/policies/1/"
    assert where(client_of(compliance), export.public_id) == f"/exports/{export.public_id}/"


def test_entries_by_index_and_by_hash(client_of, senior, appeal):
    sequence_all()
    entry = AuditEntry.objects.get(leaf_index=3)
    assert where(client_of(senior), "3") == "/audit/3/"
    assert where(client_of(senior), bytes(entry.leaf_hash).hex().upper()) == "/audit/3/"


def test_what_a_role_may_not_see_it_does_not_find(client_of, reviewer, outsider, appeal):
    sequence_all()
    assert where(client_of(reviewer), "3") == 404
    assert where(client_of(reviewer), appeal.public_id) == 404
    assert where(client_of(outsider), appeal.branch.ending.public_id) == 404


@pytest.mark.parametrize("query", ["zzz", "E-", "P-99", "P-x", "9" * 30, "f" * 64, "\x00", "%", "٣", "<script>1</script>", "x" * 5_000])
def test_nonsense_finds_nothing_and_breaks_nothing(query, client_of, senior, ground):
    answer = client_of(senior).get("/search/", {"q": query})
    assert answer.status_code in {200, 404}
    assert "<script>1" not in answer.content.decode()


def test_an_empty_search_says_what_can_be_looked_up(client_of, reviewer):
    answer = client_of(reviewer).get("/search/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "E-7Q4M2R9F" in page
    assert "leaf hash" not in page


def test_another_method_is_refused(client_of, reviewer):
    assert client_of(reviewer).post("/search/").status_code == 405
