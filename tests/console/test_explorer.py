"""The explorer of endings: filters, search, facets, histogram, saved views, ids; what a reader may not learn stays hidden."""

import csv
import re
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from console.facets import facets
from console.histogram import histogram
from conversations.models import Surface
from moderation.actions import reviews
from moderation.models import AuditEntry, Review, Standing, Unit
from moderation.states import Answer, ReviewState
from tests import make

pytestmark = pytest.mark.django_db


def listed(client, query=""):
    page = client.get(f"/endings/?{query}").content.decode()
    return re.findall(r"data-open>(E-\w{8})<", page)


@pytest.fixture
def other(ground):
    """An ending of other words, in German, by another model, at another turn."""
    said = (("user", "Ende bitte, ich will aufhören."), ("assistant", "Soll ich das Gespräch beenden?"), ("user", "Ja."))
    talk = make.a_conversation(locale="de-AT", model={"name": "other-1", "version": ""})
    return make.make_ending(*said, conversation=talk, reason="user_request", category=None, time="2026-01-05T10:00:00+00:00")


@pytest.fixture
def harm(ground):
    return make.make_ending()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=bomb", {"harm"}),
        ("q=%22build+a+bomb%22", {"harm"}),
        ("q=Gespr%C3%84ch", {"other"}),
        ("q=bomb+gespr%C3%A4ch", set()),
        ("language=de", {"other"}),
        ("model=other-1", {"other"}),
        ("category=none", {"other"}),
        ("reason=persistent_harm", {"harm"}),
        ("label=none", {"harm", "other"}),
        ("turn_from=3", {"harm"}),
        ("turn_from=0&turn_before=3", {"other"}),
        ("until=2026-02-01", {"other"}),
        ("model=none", set()),
        ("feedback=false&surface=none-such", {"harm", "other"}),  # a filter that fails is named and left out
    ],
)
def test_each_filter_keeps_what_it_says(query, found, harm, other, client_of, compliance):
    names = {harm.public_id: "harm", other.public_id: "other"}
    assert {names[one] for one in listed(client_of(compliance), query)} == found


def test_endings_of_one_user(harm, other, client_of, compliance):
    subject = harm.branch.conversation.subject
    client = client_of(compliance)
    assert listed(client, f"user={subject.pseudonym}") == listed(client, f"user={subject.public_id.lower()}") == [harm.public_id]
    assert listed(client, "user=nobody") == []


def test_a_filter_that_fails_is_named(harm, client_of, compliance):
    page = client_of(compliance).get("/endings/?q=-bomb").content.decode()
    assert "A filter was left out" in page
    assert "Type at least one word" in page
    assert client_of(compliance).get("/api/v1/endings/?q=-bomb").status_code == 422


def test_where_nothing_matches_it_says_which_filter_stands_in_the_way(harm, other, client_of, compliance):
    shown = client_of(compliance).get("/endings/?language=fr&reason=user_request").content.decode()
    assert '<a href="?reason=user_request">Without <em>language</em></a>: 1' in shown
    assert "Without <em>stated reason</em>" not in shown
    shown = client_of(compliance).get("/endings/?language=fr&model=none&label=yes").content.decode()
    assert "No single filter stands in the way." in shown


def test_who_may_not_search_is_told_whom_to_ask(harm, client_of, reviewer, operator):
    for user in (reviewer, operator):
        client = client_of(user)
        answer = client.get("/endings/?q=bomb")
        assert answer.status_code == 403
        assert "Compliance" in answer.content.decode()
        assert 'name="q"' not in client.get("/endings/").content.decode().split("<dialog")[0].split("<main")[1]
        assert client.get("/api/v1/endings/?q=bomb").status_code == 403
        assert client.get("/endings/facets/?q=bomb").status_code == 403
        assert client.get("/endings/ids.csv?q=bomb").status_code == 403


def test_a_search_is_recorded_without_its_words(harm, client_of, compliance):
    client = client_of(compliance)
    client.get("/endings/?q=build+bomb")
    client.get("/endings/?q=build+bomb&after=x")
    client.get("/api/v1/endings/?q=weapon")
    entries = AuditEntry.objects.filter(action="transcripts.searched").order_by("created_at")
    assert [int(entry.entry["codes"]["terms"]) for entry in entries] == [2, 1]
    assert not any(b"bomb" in bytes(entry.body) or b"weapon" in bytes(entry.body) for entry in entries)


def test_the_api_filters_as_the_page_does(harm, other, client_of, compliance):
    client = client_of(compliance)
    for query in ("q=bomb", "language=de", "reason=user_request", "turn_from=3"):
        rows = client.get(f"/api/v1/endings/?{query}").json()["results"]
        assert [one["id"] for one in rows] == listed(client, query)


def test_facets_count_what_matches_and_let_another_value_be_chosen(harm, other, client_of, compliance):
    client = client_of(compliance)
    page = client.get("/endings/facets/?language=de&surface=").content.decode()
    assert "Facets of endings" in page
    found = {facet.name: facet for facet in facets(QueryDict("language=de"), Standing.objects.all(), None)}
    assert {value.label: value.count for value in found["language"].values} == {"en": 1, "de": 1}
    assert {value.label: value.count for value in found["model"].values} == {"other-1": 1}
    [german] = [value for value in found["language"].values if value.chosen]
    assert german.query == ""
    assert listed(client, next(value.query for value in found["language"].values if not value.chosen)) == [harm.public_id]


def test_every_link_of_a_facet_filters_by_what_it_counts(harm, other, client_of, compliance):
    client = client_of(compliance)
    for facet in facets(QueryDict(), Standing.objects.all(), None):
        for value in facet.values:
            if facet.name != "verdict" or value.label != "Not judged yet":
                assert len(listed(client, value.query)) == value.count, (facet.name, value)


def label(ending, answer=Answer.NO):
    review, reader = Review.objects.get(unit__branch=ending.branch), make.make_person("reviewer")
    reviews.claim_review(review.pk, actor=reader)
    make.read(review, reader)
    reviews.submit_review(review.pk, make.statement(answer), actor=reader)
    reviews.decide_review(review.pk)


def test_rates_come_from_drawn_labels_with_their_weights(harm, ground):
    again = make.make_ending()
    label(harm)
    label(again, Answer.YES)
    make.agree()
    units = {harm.pk: "0.5", again.pk: "0.25"}
    for key, rate in units.items():
        Unit.objects.filter(branch__ending=key).update(in_base=True, base_rate=rate)
    unread = make.make_ending()
    Unit.objects.filter(branch__ending=unread.pk).update(in_base=True)
    [value] = next(one for one in facets(QueryDict(), Standing.objects.all(), None) if one.name == "reason").values
    assert (value.count, value.owed, value.rate) == (3, 1, None), "what was read first is no sample of what was drawn"
    Unit.objects.filter(branch__ending=unread.pk).update(in_base=False)
    [value] = next(one for one in facets(QueryDict(), Standing.objects.all(), None) if one.name == "reason").values
    assert value.owed == 0
    assert value.rate.value == pytest.approx(2 / (2 + 4))
    assert value.rate.n == 2
    Unit.objects.update(in_base=False)  # read for another reason than the draw: no rate
    [value] = next(one for one in facets(QueryDict(), Standing.objects.all(), None) if one.name == "reason").values
    assert value.rate is None


@pytest.mark.parametrize("field", ["ended", "turn"])
def test_every_bar_of_a_histogram_is_a_filter(field, harm, other, client_of, compliance):
    shown = histogram(Standing.objects.all(), field, QueryDict("reason=&after=x"))
    assert sum(bar.count for bar in shown.bars) == 2
    assert len(shown.bars) <= 40
    for bar in shown.bars:
        if bar.count:
            assert len(listed(client_of(compliance), bar.query)) == bar.count


def test_a_histogram_of_nothing_is_empty(ground, client_of, compliance):
    assert histogram(Standing.objects.all(), "nonsense", QueryDict()).bars == []
    assert "Nothing to draw" in client_of(compliance).get("/endings/facets/").content.decode()


def test_what_waits_for_a_blind_label_is_hidden_from_who_may_label_it(harm, client_of, reviewer, compliance):
    page, seen = (client_of(user).get("/endings/").content.decode() for user in (reviewer, compliance))
    row = page.split("<tr data-row>")[1].split("</tr>")[0]
    assert row.count("hidden") >= 4
    assert "Violence" not in row
    assert "Violence" in seen.split("<tr data-row>")[1].split("</tr>")[0]
    assert listed(client_of(reviewer), "category=violence") == []
    assert listed(client_of(compliance), "category=violence") == [harm.public_id]
    assert Review.objects.get(unit__branch=harm.branch).state == ReviewState.OPEN


def test_columns_are_chosen_in_the_address(harm, client_of, compliance):
    page = client_of(compliance).get("/endings/?columns=language&columns=turn&columns=nonsense").content.decode()
    table = page.split("<thead")[1].split("</table>")[0]
    assert re.findall(r'data-label="([^"]+)"', table) == ["Ending", "Language", "At turn"]


def test_ids_as_csv(harm, other, client_of, compliance):
    answer = client_of(compliance).get("/endings/ids.csv?language=de")
    rows = list(csv.reader(b"".join(answer.streaming_content).decode().splitlines()))
    assert rows == [["ending"], [other.public_id]]
    assert client_of(compliance).post("/endings/ids.csv").status_code == 405


def test_the_standing_of_an_ending_names_model_and_language(other):
    standing = Standing.objects.get(ending=other)
    assert (standing.model, standing.language) == ("other-1", "de")
    assert standing.ended_at < timezone.now() - timedelta(days=1)
    assert Surface.objects.count() == 1


def test_counts_do_not_tell_what_one_may_still_label_blind(harm, client_of, reviewer, compliance):
    for user, seen in ((reviewer, 0), (compliance, 1)):
        client = client_of(user)
        found = {one["name"]: one for one in client.get("/api/v1/endings/facets/").json()}
        for name in ("verdict", "category", "reason", "label", "feedback"):
            assert found[name]["blind"]
            assert sum(value["count"] for value in found[name]["values"]) == seen
        assert sum(value["count"] for value in found["surface"]["values"]) == 1
        turns = client.get("/api/v1/endings/histogram/?by=turn").json()
        assert sum(bar["count"] for bar in turns["bars"]) == seen
        assert sum(bar["count"] for bar in client.get("/api/v1/endings/histogram/?by=ended").json()["bars"]) == 1
        assert len(listed(client, "turn_from=0")) == seen
        assert len(listed(client, "feedback=false")) == seen
        page = client.get("/endings/facets/").content.decode()
        assert ("you may still be asked" in page) is (user is reviewer)


def test_what_waits_for_a_second_reader_is_not_told_either(harm, client_of, second_reviewer, reviewer):
    make.answer(Review.objects.get(), reviewer, make.statement(Answer.NO))
    assert Review.objects.waiting().count() == 1
    assert listed(client_of(second_reviewer), "label=no") == []
    assert listed(client_of(reviewer), "label=no") == [harm.public_id]
