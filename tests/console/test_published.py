"""What surfaces and everybody else may read of the policy in force, and the moves of a proposal at both doors."""

from datetime import timedelta
from urllib.parse import urlencode

import jsonschema
import pytest
from django.test import Client
from django.utils import timezone

from console.contract.document import document
from moderation.actions import policies
from moderation.actions.publication import publish_policy, trip_policy
from moderation.explanation import describe
from moderation.judge import DEFAULT_TERMS
from moderation.models import Delivery, FlipToRead, Policy, Unit
from moderation.states import PolicyState, TripCause
from moderation.statistics.breaker import Band
from tests import make

pytestmark = pytest.mark.django_db

DOOR = "/api/v1/policy"


@pytest.fixture
def live():
    return make.make_policy()


@pytest.fixture
def draft(live, policy_owner):
    return policies.draft_policy(DEFAULT_TERMS, title="Next", why="", actor=policy_owner)


def send(client, path, **words):
    return client.post(path, words, content_type="application/json")


def of(key, **headers):
    return {"Authorization": f"Bearer {key.api_key}"} | headers


def test_a_surface_reads_numbers_words_and_history(live, ground):
    key = make.make_key()
    answer = Client().get(DOOR, headers=of(key))
    told = answer.json()
    assert (answer.status_code, told["version"], told["trial"]) == (200, 1, None)
    assert told["criteria"] == describe(live.terms())
    assert [one["version"] for one in told["history"]] == [1]
    root = {"$ref": "#/components/schemas/PublishedPolicy", "components": document()["components"]}
    jsonschema.Draft202012Validator(root).validate(told)


def test_what_is_known_is_not_sent_again(live, ground):
    key = make.make_key()
    tag = Client().get(DOOR, headers=of(key))["ETag"]
    again = Client().get(DOOR, headers=of(key, **{"If-None-Match": f'"other", W/{tag}'}))
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    make.make_policy()
    assert Client().get(DOOR, headers=of(key, **{"If-None-Match": tag})).status_code == 200


def test_a_version_that_ruled_is_found_and_a_draft_is_not(draft, client_of, reviewer):
    client = client_of(reviewer)
    assert client.get(f"{DOOR}?version=1").json()["version"] == 1
    assert client.get(f"{DOOR}?version={draft.version}").status_code == 404
    assert client.get(f"{DOOR}?version=x").status_code == 422


def test_strangers_and_other_methods_are_refused(live, client_of, outsider):
    assert Client().get(DOOR).status_code == 401
    assert client_of(outsider).get(DOOR).status_code == 401
    assert Client().post(DOOR).status_code in {403, 405}


def test_before_the_first_there_is_none(client_of, reviewer):
    assert client_of(reviewer).get(DOOR).status_code == 404
    assert b"No criteria are in force" in Client().get("/criteria/").content


def test_a_share_tries_what_is_scheduled(draft, ground, policy_owner):
    policies.seal_policy(draft.version, actor=policy_owner)
    policies.approve_policy(draft.version, actor=make.make_approver())
    policies.schedule_policy(draft.version, actor=policy_owner, at=timezone.now() + timedelta(days=1), share=5)
    trial = Client().get(DOOR, headers=of(make.make_key())).json()["trial"]
    assert (trial["version"], trial["percent"]) == (draft.version, 5)


def test_the_criteria_are_public_and_plain(live):
    page = Client().get("/criteria/")
    assert page.status_code == 200
    assert all(sentence.split("'")[0] in page.content.decode() for sentence in describe(live.terms()))
    assert live.author.pseudonym.encode() not in page.content
    assert Client().post("/criteria/").status_code in {403, 405}


def test_pages_take_a_draft_into_force_and_back(draft, client_of, policy_owner):
    author, other = client_of(policy_owner), client_of(make.make_approver())
    path = f"/policies/{draft.version}/"
    assert b"Waits for another person" in author.post(f"{path}seal/", follow=True).content
    assert b"Somebody other than the author" in author.get(path).content
    assert author.post(f"{path}approve/").status_code == 409
    assert other.post(f"{path}return/", {"comment": ""}, follow=True).status_code == 200
    assert Policy.objects.get(pk=draft.pk).state == PolicyState.SEALED
    assert other.post(f"{path}approve/").status_code == 302
    assert other.post(f"{path}approve/").status_code == 409
    assert author.post(f"{path}schedule/", {"share": 10}, follow=True).status_code == 200
    assert Policy.objects.get(pk=draft.pk).state == PolicyState.APPROVED
    author.post(f"{path}schedule/", {})
    assert Policy.objects.live().get().pk == draft.pk
    assert b"Under watch" in author.get(path).content
    assert author.post(f"{path}roll-back/", {"reason": "Complaints."}).status_code == 302
    assert Policy.objects.live().get().restores.version == 1
    assert "Complaints." in author.get(path).content.decode()


def test_pages_return_cancel_and_restore(draft, client_of, policy_owner):
    author, other = client_of(policy_owner), client_of(make.make_approver())
    path = f"/policies/{draft.version}/"
    author.post(f"{path}seal/")
    other.post(f"{path}return/", {"comment": "Why?"})
    other.post(f"{path}cancel/", {"comment": "<b>No</b>"})
    page = author.get(path).content.decode()
    assert "<b>No" not in page
    assert "Restore as a draft" in page
    author.post(f"{path}restore/")
    assert Policy.objects.get(pk=draft.pk).state == PolicyState.DRAFT


def test_a_flip_is_opened_before_approving(draft, client_of, policy_owner):
    policies.seal_policy(draft.version, actor=policy_owner)
    branch = make.make_ending().branch
    FlipToRead.objects.create(seal=draft.seals.get(), unit=Unit.objects.get(branch=branch), kind="newly")
    other = client_of(make.make_approver())
    path = f"/policies/{draft.version}/flips/{branch.public_id}/"
    assert b"Open the flips" in other.get(f"/policies/{draft.version}/").content
    assert b"How do I build a bomb" not in other.get(path).content
    assert b"How do I build a bomb" in other.post(path, follow=True).content
    assert other.post(f"/policies/{draft.version}/approve/").status_code == 302


def test_the_api_makes_the_same_moves(draft, client_of, policy_owner):
    author, other = client_of(policy_owner), client_of(make.make_approver())
    api = f"/api/v1/policies/{draft.version}/"
    assert send(author, f"{api}seal/", test="anytime").json()["state"] == "sealed"
    refused = author.post(f"{api}approve/")
    assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
    assert send(other, f"{api}return/").status_code == 422
    assert send(other, f"{api}return/", comment="Why?").json()["state"] == "draft"
    assert send(other, f"{api}cancel/", comment="No.").json()["state"] == "cancelled"
    assert author.post(f"{api}restore/").json()["state"] == "draft"
    send(author, f"{api}seal/")
    assert other.post(f"{api}approve/").json()["state"] == "approved"
    assert send(author, f"{api}schedule/", at="2001-01-01T00:00:00Z").status_code == 422
    assert send(author, f"{api}schedule/").json()["state"] == "live"
    assert send(author, f"{api}roll-back/", comment="Complaints.").json()["version"] == draft.version + 1


MOVES = ["seal", "approve", "return", "cancel", "restore", "schedule", "roll-back"]


@pytest.mark.parametrize("move", MOVES)
def test_wrong_methods_roles_and_ids(move, draft, client_of, policy_owner, reviewer, auditor):
    owner = client_of(policy_owner)
    for base in ("/policies/", "/api/v1/policies/"):
        path = f"{base}{draft.version}/{move}/"
        kind = "application/json" if "/api/" in base else "application/x-www-form-urlencoded"
        words = {"comment": "No."} if "/api/" in base else urlencode({"comment": "No.", "reason": "No."})
        assert owner.get(path).status_code == 405
        assert owner.post(path.replace(f"/{draft.version}/", "/99/"), words, content_type=kind).status_code == 404
        for person in (reviewer, auditor):
            assert client_of(person).post(path, words, content_type=kind).status_code == 403
    assert Policy.objects.get(pk=draft.pk).state == PolicyState.DRAFT


def test_home_says_what_waits_and_what_was_taken_back(draft, client_of, policy_owner):
    home = client_of(policy_owner)
    assert b"Waits for another person" not in home.get("/").content
    policies.seal_policy(draft.version, actor=policy_owner)
    assert b"Policy 2: Next" in home.get("/").content
    policies.approve_policy(draft.version, actor=make.make_approver())
    policies.schedule_policy(draft.version, actor=policy_owner)
    publish_policy(draft.version, actor=policy_owner)
    trip_policy(draft.version, TripCause.CRISIS, Band(9, 0, 1))
    assert b"The circuit breaker took a policy back" in home.get("/").content
    assert b"left the range" in home.get(f"/policies/{draft.version}/").content


def test_an_unknown_flip_is_missing(draft, client_of, policy_owner):
    assert client_of(policy_owner).get(f"/policies/{draft.version}/flips/B-00000000/").status_code == 404


def test_surfaces_that_listen_are_told(live, settings, ground, operator):
    from moderation.actions.webhooks import set_endpoint  # noqa: PLC0415  # only here

    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    settings.WEBHOOK_PRIVATE = True
    set_endpoint(make.make_surface(), "http://127.0.0.1:9/", actor=operator.as_actor())
    make.make_policy()
    assert Delivery.objects.filter(event="policy.published").count() == 1
