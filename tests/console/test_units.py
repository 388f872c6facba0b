"""Refused requests and conversations that went on: found, listed and opened as endings are, and kept from who may still label them."""

import csv
import re

import pytest
from django.utils import timezone

from console.blinding import withheld
from conversations.models import RefusedEnd
from moderation.actions import reviews
from moderation.models import AuditEntry, Enrichment, Opening, Review, SavedView, Unit
from moderation.states import Answer, Purpose, UnitKind
from tests import make

pytestmark = pytest.mark.django_db

REFUSED, WENT_ON = "/endings/refused/", "/endings/continued/"


def asked(unit):
    """Have somebody asked to read a unit, whether or not the draw did."""
    facts = {"unit": unit, "surface": unit.surface, "lane": "audit", "round": "first", "due_at": timezone.now()}
    return Review.objects.unfinished().filter(unit=unit).first() or Review.objects.create(**facts)


def unasked(unit):
    """Have nobody asked."""
    Review.objects.filter(unit=unit).delete()


@pytest.fixture
def refused(ground):
    branch = make.make_refused(failed_check="warned", category="hate", time="2026-01-05T10:00:00+00:00")
    found = branch.refused_ends.get()
    unasked(found.branch.unit)
    return found


@pytest.fixture
def went_on(ground):
    talk = make.a_conversation(locale="de-AT", model={"name": "other-1", "version": ""})
    found = make.make_continued(rate="0.02", conversation=talk).control
    unasked(found.branch.unit)
    return found


def listed(client, path, query=""):
    page = client.get(f"{path}?{query}").content.decode()
    return re.findall(r"data-open>([QB]-\w{8})<", page)


def page(client, branch):
    return client.get(f"/endings/units/{branch.public_id}/")


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("reason=persistent_harm&category=hate", True),
        ("category=none", False),
        ("failed_check=warned", True),
        ("failed_check=none", False),
        ("language=en", True),
        ("language=e", False),
        ("model=none", False),
        ("label=none", True),
        ("label=yes", False),
        ("since=2026-01-05&until=2026-01-06", True),
        ("until=2026-01-05", False),
        ("expected=violence", True),
        ("expected=sexual", False),
        ("conversation=nothing", False),
        ("surface=none-such&model=claude-opus-4-1", True),  # a filter that fails is named and left out
    ],
)
def test_each_filter_keeps_what_it_says(query, found, refused, client_of, compliance):
    client = client_of(compliance)
    assert listed(client, REFUSED, query) == ([refused.public_id] if found else [])
    if "none-such" not in query:
        rows = client.get(f"/api/v1/refused/?{query}").json()["results"]
        assert [one["id"] for one in rows] == ([refused.public_id] if found else [])
    assert list(csv.reader(client.get(f"{REFUSED}ids.csv?{query}").getvalue().decode().splitlines())) == [
        ["refused"],
        *([[refused.public_id]] if found else []),
    ]


def test_both_are_found_by_user_conversation_and_draw(refused, went_on, client_of, compliance):
    client = client_of(compliance)
    for path, row, name in ((REFUSED, refused, refused.public_id), (WENT_ON, went_on, went_on.branch.public_id)):
        conversation = row.branch.conversation
        for query in (
            f"user={conversation.subject.pseudonym}",
            f"user={conversation.subject.public_id.lower()}",
            f"conversation={conversation.external_id}",
            f"conversation={row.branch.public_id.lower()}",
            f"surface={conversation.surface.public_id}",
        ):
            assert listed(client, path, query) == [name]
        Unit.objects.filter(branch=row.branch).update(in_base=False)
        assert [listed(client, path, f"drawn={one}") for one in ("any", "base", "enriched", "none")] == [[], [], [], [name]]
        unit = Unit.objects.get(branch=row.branch)
        Enrichment.objects.create(unit=unit, plan=unit.plan, stratum=unit.kind, rate="1", drawn=True, batch=unit.pk)
        assert [listed(client, path, f"drawn={one}") for one in ("any", "base", "enriched", "none")] == [[name], [], [name], []]
    assert listed(client, WENT_ON, "language=de&model=other-1") == [went_on.branch.public_id]


def test_where_nothing_matches_it_says_which_filter_stands_in_the_way(refused, client_of, compliance):
    shown = client_of(compliance).get(f"{REFUSED}?language=fr&reason=persistent_harm").content.decode()
    assert '<a href="?reason=persistent_harm">Without <em>language</em></a>: 1' in shown


def test_every_link_of_a_facet_filters_by_what_it_counts(refused, client_of, compliance):
    make.make_refused(conversation=make.a_conversation(locale="de-AT", model={"name": "other-1", "version": ""}), reason="other")
    client = client_of(compliance)
    found = client.get("/api/v1/refused/facets/").json()
    assert [one["name"] for one in found] == ["label", "reason", "category", "failed_check", "surface", "model", "language"]
    for one in found:
        for value in one["values"]:
            assert len(listed(client, REFUSED, value["query"])) == value["count"] > 0, (one["name"], value)
    [language] = [one for one in client.get("/api/v1/refused/facets/?language=de-AT").json() if one["name"] == "language"]
    assert {one["label"]: (one["count"], one["chosen"]) for one in language["values"]} == {"en": (1, False), "de-AT": (1, True)}
    assert client.get("/api/v1/refused/facets/?surface=none-such").status_code == 422
    for headers in ({}, {"HX-Request": "true"}):
        shown = client.get(f"{REFUSED}facets/", headers=headers).content.decode()
        assert f'href="{REFUSED}?failed_check=warned"' in shown
        assert ("<html" in shown) is not bool(headers)


def test_facets_count_nothing_that_one_may_still_label(went_on, client_of, reviewer, compliance):
    asked(went_on.branch.unit)
    found = [client_of(one).get("/api/v1/continued/facets/").json() for one in (reviewer, compliance)]
    assert [sum(value["count"] for one in told for value in one["values"]) for told in found] == [0, 4]
    assert "Nothing matches" in client_of(reviewer).get("/endings/continued/facets/").content.decode()


def test_empty_lists_say_what_would_fill_them(ground, client_of, compliance):
    client = client_of(compliance)
    assert "allowed: false" in client.get(REFUSED).content.decode()
    assert "conversation.continued" in client.get(WENT_ON).content.decode()


def test_lists_are_paged_by_cursor_in_both_orders(refused, client_of, compliance):
    row = RefusedEnd.objects.values().get()
    for name in ("id", "public_id"):
        row.pop(name)
    RefusedEnd.objects.bulk_create(RefusedEnd(**row) for _ in range(59))
    client = client_of(compliance)
    for order in ("", "order=requested_at&"):
        first = client.get(f"{REFUSED}?{order}").context
        rest = client.get(f"{REFUSED}?{order}after={first['page'].after}").context
        names = [one.public_id for one in (*first["rows"], *rest["rows"])]
        assert (first["count"], len(first["rows"]), len(set(names))) == (60, 50, 60)
    assert len(client.get("/api/v1/refused/").json()["results"]) == 60


def test_the_lists_lead_to_each_other_and_to_the_page_of_a_unit(refused, client_of, compliance):
    client = client_of(compliance)
    assert f'href="{REFUSED}"' in client.get("/endings/").content.decode()
    shown = client.get(REFUSED).content.decode()
    assert f'href="/endings/units/{refused.branch.public_id}/#{refused.public_id}"' in shown
    assert "Warned" in shown


def test_a_page_shows_what_was_asked_how_it_was_drawn_and_what_was_measured(refused, client_of, compliance):
    shown = words(page(client_of(compliance), refused.branch).content.decode())
    assert "at turn 7 for persistent harm (hate), and was refused; the check that failed: warned explicitly." in shown
    assert re.search(r"Base draw .{0,12}[Dd]rawn at 50", shown)
    assert "Policy 1 Then Now From t 7" in shown.replace("t7", "t 7")
    assert "end_refused.received" in shown
    assert "bomb" not in shown


def test_a_page_of_what_went_on_shows_its_sampling_rate(went_on, client_of, compliance):
    shown = words(page(client_of(compliance), went_on.branch).content.decode())
    assert "It was sampled as a conversation that went on." in shown
    assert re.search(r"Sampling rate 2.%", shown)


def test_a_transcript_is_opened_for_a_purpose_and_recorded(refused, client_of, compliance):
    client, address = client_of(compliance), f"/endings/units/{refused.branch.public_id}/"
    assert client.post(f"{address}open/", {}).status_code == 302
    assert not Opening.objects.exists()
    client.post(f"{address}open/", {"purpose": "quality"})
    assert Opening.objects.get().purpose == Purpose.QUALITY
    assert AuditEntry.objects.filter(action="transcript.viewed", target_id=refused.branch.public_id).count() == 1
    shown = client.get(address).content.decode()
    assert "bomb" in shown
    assert re.search(r'id="t7".*?>REFUSED<', shown, re.DOTALL)


def test_a_role_without_transcripts_may_break_the_glass(refused, client_of, operator, auditor):
    client, address = client_of(operator), f"/endings/units/{refused.branch.public_id}/"
    assert "Break the glass" in client.get(address).content.decode()
    assert client.post(f"{address}open/", {"purpose": "quality"}).status_code == 403
    client.post(f"{address}break-glass/", {"reason": "danger"})
    assert "bomb" in client.get(address).content.decode()
    assert "bomb" not in client_of(auditor).get(address).content.decode()


@pytest.mark.parametrize("kind", ["refused", "went_on"])
def test_who_may_still_label_it_finds_it_nowhere_and_learns_nothing_on_its_page(kind, request, client_of, reviewer, compliance):
    row = request.getfixturevalue(kind)
    review, branch = asked(row.branch.unit), row.branch
    client = client_of(reviewer)
    path = {"refused": REFUSED, "went_on": WENT_ON}[kind]
    assert listed(client, path) == []
    assert "on no list of yours" in client.get(path).content.decode()
    assert len(client.get(f"{path}ids.csv").getvalue().decode().splitlines()) == 1
    assert client.get({"refused": "/api/v1/refused/", "went_on": "/api/v1/continued/"}[kind]).json()["results"] == []
    assert len(listed(client_of(compliance), path)) == 1
    shown = page(client, branch).content.decode()
    assert "You may be asked to label it blind" in shown
    told = shown.split("<main")[1].lower()
    assert not [one for one in ("refused", "went on", "stratum", "drawn", "policy 1", "measured") if one in words(told).split("decided")[0]]
    answer = client.get(f"/api/v1/units/{branch.public_id}/").json()
    assert (answer["masked"], answer["kind"], answer["refused"], answer["draw"], answer["labels"]) == (True, None, None, None, None)
    assert client.get("/search/", {"q": branch.public_id})["Location"] == f"/endings/units/{branch.public_id}/"
    reviews.claim_review(review.pk, actor=reviewer)
    assert "You may be asked to label it blind" in page(client, branch).content.decode()
    assert client.get(f"/api/v1/units/{branch.public_id}/").json() == answer


def test_a_masked_page_is_the_same_for_what_was_ended(client_of, reviewer, refused):
    ending = make.make_ending()
    asked(refused.branch.unit)
    seen = [page(client_of(reviewer), one).content.decode() for one in (ending.branch, refused.branch)]
    plain = [re.sub(r"B-\w{8}|<time.*?</time>|value=\"\w{64}\"|nonce=\"[^\"]*\"|X-CSRFToken\": \"\w+|\d{2}:\d{2}", "", one) for one in seen]
    assert plain[0] == plain[1]


def test_a_citation_leads_who_may_still_label_no_further_than_a_name(client_of, reviewer, compliance):
    make.make_ground()
    ending = make.make_ending()
    cited = f"see {ending.branch.public_id} of {ending.branch.conversation.public_id}"
    pages = [client_of(one).get("/search/", {"q": cited})["Location"] for one in (reviewer, compliance)]
    assert pages == [f"/endings/units/{ending.branch.public_id}/", f"/endings/{ending.public_id}/"]


def test_the_log_withholds_the_entry_of_a_refused_request_from_who_may_still_label_it(refused, client_of, senior, compliance):
    asked(refused.branch.unit)
    entry = AuditEntry.objects.get(target_type="refused_end")
    assert [withheld(one, [entry]) for one in (senior, compliance)] == [{entry.id}, frozenset()]


def test_opening_it_before_its_label_taints_it(refused, client_of, reviewer):
    asked(refused.branch.unit)
    client = client_of(reviewer)
    client.post(f"/endings/units/{refused.branch.public_id}/open/", {"purpose": "quality"})
    assert Unit.objects.get(branch=refused.branch).tainted_at is not None
    assert "refused" in words(page(client, refused.branch).content.decode())
    assert not Review.objects.open_to(reviewer).filter(unit__branch=refused.branch).exists()
    assert listed(client, REFUSED) == [refused.public_id]


def test_a_label_is_shown_and_found(went_on, client_of, compliance):
    make.answer(asked(went_on.branch.unit), make.make_person("reviewer"), make.statement(Answer.NO))
    client = client_of(compliance)
    assert listed(client, WENT_ON, "label=no") == [went_on.branch.public_id]
    assert listed(client, WENT_ON, "label=none") == []
    [label] = client.get(f"/api/v1/units/{went_on.branch.public_id}/").json()["labels"]
    assert (label["answer"], label["round"]) == ("no", "first")
    assert label["reviewer"] in page(client, went_on.branch).content.decode()


def test_the_api_tells_of_a_unit_what_its_page_does(refused, client_of, compliance):
    client = client_of(compliance)
    address = f"/api/v1/units/{refused.branch.public_id}/"
    told = client.get(address).json()
    assert (told["kind"], told["masked"], told["ending"]) == ("refused", False, None)
    assert [(one["id"], one["failed_check"]) for one in told["refused"]] == [(refused.public_id, "warned")]
    assert (told["draw"]["base_rate"], told["draw"]["enriched"]) == ("0.5", None)
    assert told["measured"]["replays"][0]["allowed_from"] == 7
    assert "violence" in told["topics"]
    made = client.post(f"{address}open/", {"purpose": "quality"}, content_type="application/json")
    assert (made.status_code, made.json()["branch"]) == (201, refused.branch.public_id)
    assert "bomb" not in client.get(address).content.decode()
    assert client.get("/api/v1/units/B-00000000/").status_code == 404


def test_what_was_ended_later_leads_to_its_ending(client_of, compliance, ground):
    talk = make.a_conversation()
    make.make_refused(conversation=talk)
    make.make_ending(conversation=talk)
    request = RefusedEnd.objects.get()
    assert request.branch.unit.kind == UnitKind.ENDED
    shown = page(client_of(compliance), request.branch).content.decode()
    assert f'href="/endings/{request.branch.ending.public_id}/"' in shown
    plain = make.make_ending()
    assert page(client_of(compliance), plain.branch)["Location"] == f"/endings/{plain.public_id}/"


def test_names_lead_to_it(refused, went_on, client_of, compliance):
    client = client_of(compliance)
    found = client.get("/search/", {"q": refused.public_id.lower()})["Location"]
    assert found == f"/endings/units/{refused.branch.public_id}/#{refused.public_id}"
    for name in (went_on.branch.public_id, went_on.branch.external_id, went_on.branch.conversation.external_id):
        assert client.get("/search/", {"q": name})["Location"] == f"/endings/units/{went_on.branch.public_id}/"


def test_views_are_saved_by_list(refused, client_of, compliance):
    client = client_of(compliance)
    client.post("/views/save/", {"page": "endings/refused", "name": "Unwarned", "query": "failed_check=warned"})
    view = SavedView.objects.get()
    assert f'href="{REFUSED}?failed_check=warned"' in client.get(REFUSED).content.decode()
    assert "Unwarned" not in client.get(WENT_ON).content.decode()
    assert client.post(f"/views/{view.public_id}/delete/")["Location"] == REFUSED


def test_an_erased_transcript_says_so(refused, client_of, compliance):
    subject = refused.branch.conversation.subject
    subject.erased_at = timezone.now()
    subject.save(update_fields=["erased_at"])
    assert "This person was erased" in page(client_of(compliance), refused.branch).content.decode()


@pytest.mark.parametrize(("kind", "path", "api"), [("refused", REFUSED, "/api/v1/refused/"), ("went_on", WENT_ON, "/api/v1/continued/")])
class TestSearch:
    def test_words_find_it_and_the_search_is_recorded_without_them(self, kind, path, api, request, client_of, compliance):
        request.getfixturevalue(kind)
        word = {"refused": "bomb", "went_on": "capital"}[kind]
        client = client_of(compliance)
        for typed, found in ((word, 1), ("zebra", 0), (f"{word}+-{word}", 0)):
            assert len(listed(client, path, f"q={typed}")) == found
            assert len(client.get(f"{api}?q={typed}").json()["results"]) == found
        assert "Words said" in client.get(path).content.decode()
        assert client.get(f"{api}?q=-bomb").status_code == 422
        assert AuditEntry.objects.filter(action="transcripts.searched").count() == 6
        client.get(f"{path}ids.csv?q={word}")
        client.get(f"{path}?q={word}&after=x")
        entries = AuditEntry.objects.filter(action="transcripts.searched")
        assert entries.count() == 7
        assert word not in str([one.entry for one in entries])

    def test_who_may_not_search_is_told_so(self, kind, path, api, client_of, ground, reviewer, operator):
        for client in (client_of(reviewer), client_of(operator)):
            assert "Words said" not in client.get(path).content.decode()
            for asked in (path, f"{path}facets/", f"{path}ids.csv", api):
                assert client.get(f"{asked}?q=bomb").status_code == 403

    def test_what_one_could_still_label_is_not_found_by_its_words(self, kind, path, api, request, client_of, senior):
        asked(request.getfixturevalue(kind).branch.unit)
        assert client_of(senior).get(f"{api}?q={'bomb' if kind == 'refused' else 'menu'}").json()["results"] == []
