"""Lineages: the rates and the list, one lineage as tree and list, its messages under openings, the update, and the API."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.api.lineages import TELLING
from console.contract.document import document
from conversations.models import Branch
from moderation.actions.reviews import claim_review
from moderation.models import Aftermath, AuditEntry, Lineage, LineageRun, Opening, Review, WorkItem
from moderation.states import Lane, LineageRunState
from tests import make
from tests.pages import plain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]

CALM = ("user", "Could you help me plan a menu for Sunday, with something for a guest who eats no meat?")
AGAIN = ("user", "Please. " + make.HARM)


def ended(hours=48, **more):
    return make.ended(time=(timezone.now() - timedelta(hours=hours)).isoformat(), **more)


def story():
    """Make an ending that led to an edited branch and a new thread with the same request; returns the ending's event."""
    event = ended()
    for one in (event, make.branched(event, CALM, minutes=3, fork=2), make.started(event, AGAIN, minutes=5)):
        make.send(one)
    make.judge_all()
    make.link()
    return event


def the_lineage():
    return Lineage.objects.get()


def node_of(kind):
    return Aftermath.objects.current().get().steps.get(kind=kind).branch.public_id


def page(client, path="/lineages/", **headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


class TestList:
    def test_it_shows_what_followed_and_never_a_word_of_it(self, client_of, senior):
        story()
        shown = page(client_of(senior))
        for told in (the_lineage().public_id, "Edited and branched", "Same behaviour again", "Same request", "3 min"):
            assert told in shown
        for said in ("menu for Sunday", "bomb", "hurt people"):
            assert said not in shown

    def test_what_happened_is_hidden_from_who_could_still_label_it(self, client_of, senior, policy_owner):
        story()
        assert Review.objects.unfinished().exists()
        shown, row = page(client_of(senior)), client_of(senior).get("/api/v1/lineages/").json()["results"][0]
        assert [word for word in ("Violence", "Same behaviour again") if word in shown.partition("<tr data-row>")[2]] == []
        assert (row["category"], row["reason"], row["then"]) == (None, None, None)
        assert client_of(policy_owner).get("/api/v1/lineages/").json()["results"][0]["category"] == "violence"
        assert "<tr data-row" not in page(client_of(senior), "/lineages/?category=violence")
        assert "<tr data-row" in page(client_of(policy_owner), "/lineages/?category=violence")

    def test_it_says_that_starting_anew_is_allowed(self, client_of, senior):
        assert "never as guilt" in page(client_of(senior))

    def test_rates_stand_with_interval_and_n(self, client_of, senior):
        story()
        make.send(ended())
        make.link()
        shown = page(client_of(senior))
        assert "50.0\u202f%" in shown
        assert "(9.5–90.5), n = 2" in shown

    def test_an_ending_of_today_is_in_no_rate_yet(self, client_of, senior):
        make.send(ended(1))
        make.link()
        shown = page(client_of(senior))
        assert "1 ending too recent to count" in shown
        assert "unknown" in shown

    def test_few_accounts_are_not_named(self, client_of, senior):
        for _ in range(6):
            make.send(ended())
        first = ended(60)
        make.send(first)
        make.send(ended(55, conversation=make.a_conversation(user=first["data"]["conversation"]["user"])))
        make.link()
        shown = page(client_of(senior))
        assert "fewer than 5" in shown
        assert first["data"]["conversation"]["user"] not in shown

    def test_without_any_it_says_what_would_fill_it(self, client_of, senior):
        assert "No ending has been looked at yet" in page(client_of(senior))

    @pytest.mark.parametrize(
        ("query", "kept"),
        [
            ("next=branched", True),
            ("next=left", False),
            ("then=same_behaviour", True),
            ("then=benign", False),
            ("same=true", True),
            ("same=thread", True),
            ("same=false", False),
            ("category=violence", True),
            ("reason=user_request", False),
            ("since=2001-01-01", True),
            ("until=2001-01-01", False),
        ],
    )
    def test_filters(self, query, kept, client_of, policy_owner):
        story()
        shown = page(client_of(policy_owner), f"/lineages/?{query}")
        assert (the_lineage().public_id in shown) is kept
        assert kept or "No endings match" in shown

    def test_nonsense_breaks_nothing(self, client_of, senior):
        story()
        assert client_of(senior).get("/lineages/?next=sideways&since=never&after=%00&surface=x").status_code == 200

    def test_htmx_gets_rates_and_rows_alone(self, client_of, senior):
        story()
        shown = page(client_of(senior), **{"HX-Request": "true"})
        assert "<html" not in shown
        assert "Until the next ending" in shown

    def test_the_curve_has_its_table(self, client_of, senior):
        first = ended(200)
        make.send(first)
        make.send(ended(190, conversation=make.a_conversation(user=first["data"]["conversation"]["user"])))
        make.link()
        shown = page(client_of(senior))
        assert 'class="curve-line"' in shown
        assert "Data table" in shown


class TestUpdate:
    def test_whoever_may_asks_and_sees_how_far_it_is(self, client_of, senior):
        client = client_of(senior)
        make.send(ended())
        assert client.post("/lineages/update/").status_code == 302
        shown = page(client, "/lineages/run/")
        assert 'hx-trigger="every 2s"' in shown
        assert "0 of 1 accounts" in shown
        make.judge_all()
        shown = page(client, "/lineages/run/")
        assert "hx-trigger" not in shown
        assert "1 ending looked at, 1 finding new" in shown
        assert senior.pseudonym in shown
        assert AuditEntry.objects.filter(action="lineages.asked", actor_id=str(senior.audit_id)).count() == 1

    def test_asking_twice_is_asking_once(self, client_of, senior):
        client = client_of(senior)
        for _ in range(2):
            client.post("/lineages/update/")
        assert LineageRun.objects.count() == 1

    def test_a_run_that_died_says_so(self, client_of, senior):
        client_of(senior).post("/lineages/update/")
        WorkItem.objects.update(state="dead")
        make.link()
        LineageRun.objects.filter(state=LineageRunState.FINISHED).delete()
        assert "its work died" in page(client_of(senior))

    def test_the_auditor_reads_and_does_not_ask(self, client_of, auditor):
        client = client_of(auditor)
        assert "Update now" not in page(client)
        assert client.post("/lineages/update/").status_code == 403
        assert client.get("/lineages/update/").status_code == 405


class TestDetail:
    def test_the_tree_and_the_list_say_the_same(self, client_of, senior):
        story()
        client, path = client_of(senior), f"/lineages/{the_lineage().public_id}/"
        tree, rows = page(client, path), page(client, path + "?view=list")
        for told in ("Edited at turn 2", "New thread", "Root"):
            assert told in tree
            assert told in rows
        assert '<svg class="tree"' in tree
        assert "Branches and new threads" in rows

    def test_what_was_spent_is_counted(self, client_of, senior):
        story()
        shown = page(client_of(senior), f"/lineages/{the_lineage().public_id}/")
        assert "<dt>Redirections spent</dt><dd>2</dd>" in shown
        assert "<dt>Warnings spent</dt><dd>1</dd>" in shown

    def test_siblings_lie_beside_each_other(self, client_of, senior):
        story()
        shown = page(client_of(senior), f"/lineages/{the_lineage().public_id}/?at={node_of('branched')}")
        assert f"at={node_of('new_thread')}" in shown
        assert 'data-command="lineage.next"' in shown
        assert 'data-command="lineage.previous"' not in shown

    def test_nothing_followed(self, client_of, senior):
        make.send(ended())
        make.link()
        assert "No branch or new chat within 24 hours" in page(client_of(senior), f"/lineages/{the_lineage().public_id}/")

    def test_a_parent_that_never_came_is_a_gap(self, client_of, senior):
        event = ended()
        lost = make.branched(event, CALM)
        lost["data"]["conversation"]["branch"]["parent_id"] = "never-came"
        make.send(event)
        make.send(lost)
        make.link()
        shown = page(client_of(senior), f"/lineages/{the_lineage().public_id}/")
        assert "1 of 3 branches" in shown
        assert "Not received" in shown
        assert "at=gap-1" in shown
        assert "never-came" not in shown

    def test_a_lineage_that_became_part_of_another_leads_there(self, client_of, senior):
        first = ended(60)
        thread = make.started(first, CALM, minutes=60)
        make.send(ended(55, conversation=thread["data"]["conversation"]))
        make.link()
        old = the_lineage()
        make.send(first)
        make.link()
        answer = client_of(senior).get(f"/lineages/{old.public_id}/")
        assert answer["Location"] == f"/lineages/{Lineage.objects.exclude(pk=old.pk).get().public_id}/"

    def test_the_ending_leads_here(self, client_of, policy_owner, operator):
        story()
        ending = Aftermath.objects.get().ending
        assert the_lineage().public_id in page(client_of(policy_owner), f"/endings/{ending.public_id}/")
        assert the_lineage().public_id not in page(client_of(operator), f"/endings/{ending.public_id}/")
        assert client_of(policy_owner).get(f"/search/?q={the_lineage().public_id.lower()}")["Location"].startswith("/lineages/L-")

    def test_queries_stay_the_same_however_long_it_is(self, client_of, policy_owner):
        def cost(path):
            with CaptureQueriesContext(connection) as captured:
                page(client_of(policy_owner), path)
            return len(captured)

        event = story()
        path = f"/lineages/{the_lineage().public_id}/"
        before = cost(path)
        for minutes in range(20, 26):
            make.send(make.started(event, AGAIN, minutes=minutes))
        make.link()
        assert cost(path) <= before


class TestMessages:
    @pytest.fixture
    def path(self):
        story()
        return f"/lineages/{the_lineage().public_id}/"

    def test_they_are_closed_until_opened_for_a_purpose(self, path, client_of, policy_owner):
        client = client_of(policy_owner)
        shown = page(client, f"{path}?at={node_of('branched')}")
        assert "menu for Sunday" not in shown
        assert "Open both messages" in shown

    def test_an_edited_message_lies_beside_the_one_before_it(self, path, client_of, policy_owner):
        client, node = client_of(policy_owner), node_of("branched")
        answer = client.post(path + "open/", {"at": node, "purpose": "quality"})
        assert answer["Location"] == f"{path}?at={node}#difference"
        shown = page(client, f"{path}?at={node}")
        assert "menu for Sunday" in shown
        assert "bomb" in shown
        assert AuditEntry.objects.filter(action="transcript.viewed", actor_id=str(policy_owner.audit_id)).count() == 2

    def test_a_new_thread_shows_the_most_alike_messages_with_what_differs(self, path, client_of, policy_owner):
        client, node = client_of(policy_owner), node_of("new_thread")
        client.post(path + "open/", {"at": node, "purpose": "quality"})
        shown = page(client, f"{path}?at={node}")
        assert '<mark data-measure="changed">Please.</mark>' in shown

    def test_opening_one_step_opens_no_other(self, path, client_of, policy_owner):
        client = client_of(policy_owner)
        client.post(path + "open/", {"at": node_of("branched"), "purpose": "quality"})
        assert "Please." not in page(client, f"{path}?at={node_of('new_thread')}")
        assert Opening.objects.count() == 2

    def test_without_a_purpose_nothing_is_opened(self, path, client_of, policy_owner):
        client_of(policy_owner).post(path + "open/", {"at": node_of("branched")})
        assert not Opening.objects.exists()

    def test_the_root_has_nothing_beside_it(self, path, client_of, policy_owner):
        root = the_lineage().root.branches.get(parent_external_id="").public_id
        assert "Open both messages" not in page(client_of(policy_owner), f"{path}?at={root}")
        assert client_of(policy_owner).post(path + "open/", {"at": root, "purpose": "quality"}).status_code == 404

    def test_an_opening_for_a_blind_review_shows_nothing_here(self, path, client_of, senior):
        for branch in [*the_lineage().root.branches.all()]:
            Opening.objects.create(user=senior, branch=branch, purpose="review", until=timezone.now() + timedelta(hours=1))
        assert "Open both messages" in page(client_of(senior), f"{path}?at={node_of('branched')}")

    def test_whoever_labels_it_just_now_sees_what_they_saw_before(self, path, client_of, senior):
        before = [plain(client_of(senior).get(one)) for one in (path, f"/api/v1{path}")]
        Review.objects.update(lane=Lane.URGENT)
        claim_review(Review.objects.get().pk, actor=senior)
        assert [plain(client_of(senior).get(one)) for one in (path, f"/api/v1{path}")] == before

    def test_what_waits_for_a_blind_label_hides_its_verdict(self, path, client_of, senior, policy_owner):
        root = the_lineage().root.branches.get(parent_external_id="").public_id
        assert "may be asked to label it blind" in page(client_of(senior), f"{path}?at={root}")
        assert "may be asked to label it blind" not in page(client_of(policy_owner), f"{path}?at={root}")

    def test_the_auditor_may_not_open(self, path, client_of, auditor):
        assert "The messages are closed to you" in page(client_of(auditor), f"{path}?at={node_of('branched')}")
        assert client_of(auditor).post(path + "open/", {"purpose": "quality"}).status_code == 403

    def test_who_may_open_but_not_see_lineages_finds_nothing(self, path, client_of, reviewer):
        assert client_of(reviewer).post(path + "open/", {"purpose": "quality"}).status_code == 404
        assert not Opening.objects.exists()


def test_other_methods_roles_and_ids_are_refused(client_of, senior, reviewer):
    story()
    path = f"/lineages/{the_lineage().public_id}/"
    for one in ("/lineages/", "/lineages/run/", path):
        assert client_of(senior).post(one).status_code == 405
        assert client_of(reviewer).get(one).status_code == 403
    for one in ("/lineages/L-00000000/", "/lineages/nonsense/", "/api/v1/lineages/L-00000000/"):
        assert client_of(senior).get(one).status_code == 404
    assert client_of(senior).get(path + "open/").status_code == 405
    assert client_of(senior).post("/lineages/L-00000000/open/", {"purpose": "quality"}).status_code == 404


class TestApi:
    def test_the_list_and_one(self, client_of, policy_owner):
        story()
        client = client_of(policy_owner)
        [one] = client.get("/api/v1/lineages/").json()["results"]
        assert (one["next"], one["then"], one["same_request"], one["window_hours"]) == ("branched", "same_behaviour", True, 24)
        whole = client.get(f"/api/v1/lineages/{one['lineage']}/").json()
        steps = whole["endings"][0]["steps"]
        assert [step["kind"] for step in steps] == ["branched", "new_thread"]
        for step in steps:
            branch = Branch.objects.get(public_id=step["branch"])
            assert step["conversation"] == branch.conversation.public_id
            assert branch.external_id not in str(whole)
        assert "bomb" not in str(whole)

    def test_the_list_takes_the_filters_of_the_page(self, client_of, senior):
        story()
        assert client_of(senior).get("/api/v1/lineages/?next=left").json()["results"] == []
        assert client_of(senior).get("/api/v1/lineages/rates/?next=left").json()["n"] == 0

    def test_rates(self, client_of, senior):
        story()
        told = client_of(senior).get("/api/v1/lineages/rates/").json()
        assert told["n"] == 1
        assert {one["label"]: one["count"] for one in told["first"]} == {"Left": 0, "Edited and branched": 1, "New thread": 0}
        assert told["same"]["share"] == 1.0

    def test_update_and_follow(self, client_of, senior, auditor):
        make.send(ended())
        assert client_of(auditor).post("/api/v1/lineages/update/").status_code == 403
        assert client_of(senior).get("/api/v1/lineages/run/").status_code == 404
        answer = client_of(senior).post("/api/v1/lineages/update/")
        assert answer.status_code == 202
        make.judge_all()
        told = client_of(auditor).get("/api/v1/lineages/run/").json()
        assert (told["id"], told["state"], told["endings"]) == (answer.json()["id"], "finished", 1)

    def test_other_methods_and_roles(self, client_of, senior, reviewer):
        story()
        assert client_of(senior).post("/api/v1/lineages/").status_code == 405
        assert client_of(senior).get("/api/v1/lineages/update/").status_code == 405
        assert client_of(reviewer).get("/api/v1/lineages/").status_code == 403
        assert client_of(reviewer).get(f"/api/v1/lineages/{the_lineage().public_id}/").status_code == 403


def test_what_is_untold_fits_the_schema_that_the_api_publishes():
    told = document()["components"]["schemas"]["ReadAftermath"]["properties"]
    assert all("null" in json.dumps(told[name]) for name in TELLING)
