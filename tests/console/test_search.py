"""Search: a pasted id leads to its page, for whoever may see that page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conversations.models import Feedback
from moderation.actions.bulk import change_many
from moderation.actions.erasures import request_erasure
from moderation.actions.golden import nominate_golden
from moderation.models import AuditEntry, Export, Review
from moderation.states import BulkMove, BulkReason, ErasureReason
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


def test_every_name_of_an_ending_leads_to_it(client_of, compliance, appeal):
    ending, client = appeal.branch.ending, client_of(compliance)
    conversation = ending.branch.conversation
    names = [ending.public_id, ending.branch.public_id, ending.branch.external_id, conversation.public_id, conversation.external_id]
    for name in [*names, f"  {ending.public_id.lower()} "]:
        assert where(client, name) == f"/endings/{ending.public_id}/", name


def test_a_conversation_that_one_may_still_label_leads_where_its_end_is_not_told(client_of, senior, appeal):
    branch, client = appeal.branch, client_of(senior)
    for name in (branch.public_id, branch.external_id, branch.conversation.public_id, branch.conversation.external_id):
        assert where(client, name) == f"/endings/units/{branch.public_id}/", name
    assert where(client, branch.ending.public_id) == f"/endings/{branch.ending.public_id}/"


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


def test_entries_by_what_their_hash_begins_with(client_of, senior, appeal):
    sequence_all()
    entry = AuditEntry.objects.get(leaf_index=3)
    digits = bytes(entry.leaf_hash).hex()
    for beginning in (digits[:8], digits[:9], digits[:40].upper(), f"sha256 {digits[:12]}"):
        assert where(client_of(senior), beginning) == "/audit/3/"
    assert where(client_of(senior), digits[:7] + "xyz") == 404
    assert where(client_of(senior), ("0" if digits[0] != "0" else "1") * 40) == 404


def test_no_search_for_a_hash_reads_the_whole_log(client_of, senior):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = public")
    with CaptureQueriesContext(connection) as asked:
        where(client_of(senior), "ab" * 8)
    query = next(one["sql"] for one in asked if '"leaf_hash" BETWEEN' in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {query}")
        assert "audit_by_hash" in str(cursor.fetchall())


def test_a_citation_leads_to_the_first_thing_it_names(client_of, compliance, senior, operator, appeal):
    sequence_all()
    ending, entry = appeal.branch.ending, AuditEntry.objects.get(leaf_index=3)
    digits = bytes(entry.leaf_hash).hex()
    assert where(client_of(compliance), f"{ending.public_id} · entry 3 · sha256 {digits}") == f"/endings/{ending.public_id}/"
    assert where(client_of(compliance), f"entry 3 · {entry.action} · 2026-01-01T00:00:00+00:00 · leaf {digits}") == "/audit/3/"
    assert where(client_of(compliance), f"see E-00000000 · sha256 {digits[:10]}.") == "/audit/3/"


def test_labels_disputes_golden_items_and_their_kin(client_of, senior, reviewer, auditor, appeal):
    review = Review.objects.get(unit__branch=appeal.branch)
    label = make.answer(review, reviewer)
    item = nominate_golden(review.unit_id, actor=make.make_person("senior"))
    change = change_many([make.make_review().pk], BulkMove.SOONER, BulkReason.BACKLOG, actor=senior)
    client = client_of(senior)
    assert where(client, label.public_id) == f"/reviews/{review.public_id}/"
    assert where(client, item.public_id.lower()) == f"/golden/{item.public_id}/"
    assert where(client, change.public_id) == f"/reviews/bulk/{change.public_id}/"
    assert where(client_of(reviewer), item.public_id) == 404
    subject = appeal.branch.conversation.subject
    made = request_erasure(subject, ErasureReason.REQUEST, actor=make.TESTS, asked_by=make.make_person("compliance"))
    assert where(client_of(auditor), made.public_id) == reverse("erasure", args=[made.public_id])
    assert where(client_of(auditor), subject.public_id) == f"{reverse('erasures')}?subject={subject.public_id}"
    assert where(client, made.public_id) == 404


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
