"""What the API tells of endings, feedback, policies, the log and exports."""

import json

import pytest

from console.views import lists
from moderation.models import Export
from tests import make

pytestmark = pytest.mark.django_db


def test_an_ending_with_its_findings(client_of, policy_owner):
    ending = make.make_ending()
    client = client_of(policy_owner)
    [row] = client.get("/api/v1/endings/").json()["results"]
    assert (row["id"], row["verdict"], row["surface"]) == (ending.public_id, "justified", make.WEB)
    whole = client.get(f"/api/v1/endings/{ending.public_id}/").json()
    assert {one["check"]: one["result"] for one in whole["findings"]}["warned"] == "pass"
    assert whole["policy"] == 1
    assert make.HARM not in json.dumps(whole)
    assert client.get("/api/v1/endings/E-00000000/").status_code == 404


def test_an_ending_goes_by_our_own_ids_and_never_by_those_of_its_surface(client_of, auditor, compliance):
    ending = make.make_ending()
    branch, where = ending.branch, f"/api/v1/endings/{ending.public_id}/"
    theirs = {branch.external_id, branch.conversation.external_id, branch.conversation.subject.pseudonym}
    for client in (client_of(auditor), client_of(compliance)):
        for row in (client.get("/api/v1/endings/").json()["results"][0], client.get(where).json()):
            assert (row["conversation"], row["branch"]) == (branch.conversation.public_id, branch.public_id)
        for path in ("/api/v1/endings/", where, "/endings/", f"/endings/{ending.public_id}/"):
            said = client.get(path).content.decode()
            assert not [name for name in theirs if name in said], path


def test_filters_are_the_pages_own(client_of, policy_owner):
    make.make_ending()
    client = client_of(policy_owner)
    for query, count in (("verdict=justified", 1), ("verdict=wrongful", 0), ("category=violence", 1), ("reason=user_request", 0)):
        assert len(client.get(f"/api/v1/endings/?{query}").json()["results"]) == count, query
        assert (b"E-" in client.get(f"/endings/?{query}").content.split(b"<main")[1]) == bool(count), query
    assert client.get("/api/v1/endings/?verdict=nothing").status_code == 422


def test_cursors_walk_every_row_once_and_back(client_of, reviewer, monkeypatch):
    for _ in range(7):
        make.make_ending()
    monkeypatch.setattr(lists, "PAGE_SIZE", 3)
    client, seen, after, pages = client_of(reviewer), [], "", []
    while True:
        page = client.get("/endings/", {"after": after} if after else {}).context["page"]
        pages.append([row.ending.public_id for row in page.rows])
        seen += pages[-1]
        if page.after is None:
            break
        after = page.after
    assert len(seen) == len(set(seen)) == 7
    back = client.get("/endings/", {"before": page.before}).context["page"]
    assert [row.ending.public_id for row in back.rows] == pages[1]
    assert client.get("/endings/?after=nonsense").status_code == 200
    assert client.get("/api/v1/endings/?after=nonsense").status_code == 400


def test_feedback_policies_and_entries(client_of, senior, auditor):
    event = make.ended()
    make.make_ground()
    make.send(event)
    make.send(make.about("feedback.given", event, thumbs="down", text="a private remark"))
    client = client_of(senior)
    [feedback] = client.get("/api/v1/feedback/?thumbs=down").json()["results"]
    assert feedback["has_text"]
    assert "private" not in json.dumps(feedback)
    [policy] = client.get("/api/v1/policies/").json()
    assert client.get(f"/api/v1/policies/{policy['version']}/").json()["thresholds"] == policy["thresholds"]
    entries = client_of(auditor).get("/api/v1/audit/?action=feedback.received").json()["results"]
    assert entries[0]["entry"]["action"] == "feedback.received"


def test_asking_for_an_export(client_of, compliance, auditor):
    body = json.dumps({"kind": "audit", "format": "csv"})
    answer = client_of(compliance).post("/api/v1/exports/", body, content_type="application/json")
    assert answer.status_code == 202
    assert Export.objects.get().public_id == answer.json()["id"]
    assert client_of(auditor).get(f"/api/v1/exports/{answer.json()['id']}/").status_code == 200
    assert client_of(auditor).post("/api/v1/exports/", body, content_type="application/json").status_code == 403
    bad = client_of(compliance).post("/api/v1/exports/", '{"kind": "all"}', content_type="application/json")
    assert (bad.status_code, bad["Content-Type"]) == (422, "application/problem+json")


def test_the_schema_is_whole(client_of, auditor, capsys):
    answer = client_of(auditor).get("/api/v1/schema/?format=json")
    assert answer.status_code == 200
    paths = answer.json()["paths"]
    assert {"/api/v1/endings/", "/api/v1/reviews/{id}/submit/", "/api/v1/exports/"} <= set(paths)
    assert "Warning" not in capsys.readouterr().err


def test_who_could_still_label_an_ending_is_not_told_what_happened(client_of, reviewer, policy_owner):
    ending = make.make_ending()
    for path in ("/api/v1/endings/", f"/api/v1/endings/{ending.public_id}/"):
        told, kept = (client_of(user).get(path) for user in (policy_owner, reviewer))
        told, kept = (answer.json().get("results", [answer.json()])[0] for answer in (told, kept))
        assert (told["masked"], told["verdict"], told["at_turn"]) == (False, "justified", 7)
        assert kept["masked"]
        hidden = {name for name, value in kept.items() if value is None or value == []}
        assert {"at_turn", "reason", "category", "verdict", "label", "has_feedback", "has_appeal"} <= hidden
        assert "justified" not in str(kept)
    assert kept["explanation"] is None
