"""The draft editor: numbers tried without saving, guard rails in words, objectives, what cannot be known."""

import pytest

from moderation.models import AuditEntry, Policy, ResolvedObjective

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(ground, client_of, policy_owner):
    client_of(policy_owner).post("/policies/draft/")
    return Policy.objects.order_by("version").last()


def fields(client, draft, **changes):
    form = client.get(f"/policies/{draft.version}/draft/").context["form"]
    return {name: form[name].value() for name in form.fields} | changes


def test_a_draft_begins_with_the_numbers_in_force(draft, client_of, policy_owner):
    live = Policy.objects.live().get()
    assert draft.terms().thresholds == live.terms().thresholds
    page = client_of(policy_owner).get(f"/policies/{draft.version}/draft/").content.decode()
    assert "between 0.20 and 0.70" in page, "minors have a rail of their own"
    assert page.count("data-threshold") == 10


def test_numbers_in_the_address_are_tried_and_not_saved(draft, client_of, policy_owner):
    entries = AuditEntry.objects.count()
    answer = client_of(policy_owner).get(f"/policies/{draft.version}/draft/", {"violence": "0.4", "crisis": "0.55"})
    page = answer.content.decode()
    assert "Compliance has to approve" in page
    assert answer.context["found"].draft.thresholds["violence"] == 4_000
    assert draft.terms().thresholds["violence"] == 5_000
    assert AuditEntry.objects.count() == entries


def test_a_saved_number_is_exact(draft, client_of, policy_owner):
    client = client_of(policy_owner)
    answer = client.post(f"/policies/{draft.version}/draft/", fields(client, draft, violence="0.8425"))
    assert answer.status_code == 302
    assert Policy.objects.get(pk=draft.pk).terms().thresholds["violence"] == 8_425


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("violence", "", "Violence has no threshold."),
        ("violence", "0.99", "The threshold of violence lies between 0.20 and 0.95."),
        ("sexual_minors", "0.8", "lies between 0.20 and 0.70."),
        ("violence", "much", "Violence is a number between 0.20 and 0.95."),
        ("violence", "nan", "Violence is a number"),
        ("crisis", "0.7", "The crisis threshold lies between 0.10 and 0.60."),
        ("harmful_turns", "1", "lies between 2 and 20."),
        ("eligible_models", " ", "This field is required."),
        ("objective", "as few as possible", "An objective reads like"),
    ],
)
def test_what_cannot_stand_is_said_in_words_and_nothing_changes(draft, client_of, policy_owner, name, value, sentence):
    client = client_of(policy_owner)
    answer = client.post(f"/policies/{draft.version}/draft/", fields(client, draft, **{name: value}))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Policy.objects.get(pk=draft.pk).terms() == draft.terms()


def test_an_objective_that_nothing_keeps_changes_nothing(draft, client_of, policy_owner):
    client = client_of(policy_owner)
    wanted = "maximise caught where upper95(wrongful) <= 1%"
    answer = client.post(f"/policies/{draft.version}/objective/", {"objective": wanted}, follow=True)
    assert "None of" in answer.content.decode()
    assert not ResolvedObjective.objects.get().met
    assert Policy.objects.get(pk=draft.pk).objective == ""
    answer = client.post(f"/policies/{draft.version}/objective/", {"objective": "win"}, follow=True)
    assert "An objective reads like" in answer.content.decode()


def test_what_rules_is_not_edited(ground, client_of, policy_owner):
    client = client_of(policy_owner)
    assert client.get("/policies/1/draft/").status_code == 302
    assert client.post("/policies/1/objective/", {"objective": "maximise ended where upper95(crisis) <= 1%"}).status_code == 409
    assert client.get("/policies/9/draft/").status_code == 404


def test_the_impact_of_a_month_without_anything_says_so(draft, client_of, policy_owner, reviewer):
    page = client_of(policy_owner).get(f"/policies/{draft.version}/impact/?window=2020-01").content.decode()
    assert "Nothing happened in this window" in page
    assert client_of(policy_owner).get(f"/policies/{draft.version}/impact/?window=soon").status_code == 422
    assert client_of(policy_owner).get("/policies/9/impact/").status_code == 404
    assert client_of(reviewer).get(f"/policies/{draft.version}/draft/").status_code == 403


def send(client, method, path, **body):
    return getattr(client, method)(path, body, content_type="application/json")


def test_the_api_writes_changes_and_tries_a_draft(ground, client_of, policy_owner, reviewer):
    client = client_of(policy_owner)
    made = send(client, "post", "/api/v1/policies/", title="By machine", thresholds={"hate": 4_500})
    assert (made.status_code, made.json()["thresholds"]["hate"], made.json()["version"]) == (201, 4_500, 2)
    changed = send(client, "put", "/api/v1/policies/2/", crisis=4_000)
    assert (changed.status_code, changed.json()["crisis_cut"], changed.json()["thresholds"]["hate"]) == (200, 4_000, 4_500)
    beyond = send(client, "put", "/api/v1/policies/2/", thresholds={"hate": 9_900})
    assert (beyond.status_code, "between 0.20 and 0.95" in beyond.content.decode()) == (422, True)
    assert send(client, "put", "/api/v1/policies/2/", thresholds={"wit": 5_000}).status_code == 422
    assert send(client, "put", "/api/v1/policies/1/", crisis=4_000).status_code == 409
    told = client_of(reviewer).get("/api/v1/policies/2/impact/").json()
    assert (told["against"], told["draft"]["ended"], told["promises"]["wrongful"]["state"]) == (1, 0, "unknown")
    assert [(one["moved"], one["value"]) for one in told["steps"][1:3]] == [("crisis", 4_000), ("hate", 4_800)]
    alone = client.get("/api/v1/policies/2/impact/?against=2&at_once=true").json()
    assert (alone["against"], len(alone["steps"])) == (2, 1)
    assert client.get("/api/v1/policies/2/impact/?window=never").status_code == 422
    assert client.get("/api/v1/policies/2/impact/?against=9").status_code == 422
    assert send(client, "post", "/api/v1/policies/2/objective/", objective="win").status_code == 422
    found = send(client, "post", "/api/v1/policies/2/objective/", objective="maximise ended where upper95(crisis) <= 1%")
    assert (found.status_code, found.json()["met"]) == (200, False)
    assert send(client_of(reviewer), "post", "/api/v1/policies/", title="No").status_code == 403
