"""Classifiers, their history, judges and calibrations: on pages and in the API."""

import itertools

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from moderation.actions.calibrations import propose_calibration
from moderation.actions.evaluations import keep_evaluation
from moderation.audit.events import Event
from moderation.classifiers.registry import classifier
from moderation.models import AuditEntry, Calibration, Evaluation, Figure, HostedJudge, JudgeBatch, JudgeCall
from moderation.states import ReviewState
from tests import make
from tests.moderation.test_calibrations import labelled  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db

PAGE, API = "/classifiers/", "/api/v1/calibrations/"


@pytest.fixture
def proposed(labelled, policy_owner):  # noqa: F811  # the fixture
    return propose_calibration(actor=policy_owner)


def text(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_installation_without_history_says_what_would_fill_it(ground, client_of, reviewer):
    shown = text(client_of(reviewer), PAGE)
    for words in (
        "Figures of this version",
        "XSTest-Response, F1",
        "Nothing was judged yet",
        "No calibration yet",
        "No judge was ever asked",
    ):
        assert words in shown


def test_history_tells_how_far_labels_agree(ground, client_of, reviewer):
    make.make_review(ReviewState.DECIDED)
    make.make_ending()
    client = client_of(reviewer)
    [card] = client.get("/api/v1/classifiers/").json()
    assert (card["judged"], card["labelled"], card["left_open"], card["missed"], card["agreed"]["value"]) == (2, 1, 0, 0, 1.0)
    assert "100.0" in text(client, PAGE)


def test_kept_figures_stand_beside_each_other(ground, client_of, reviewer, tmp_path):
    path = tmp_path / "bailbench.jsonl"
    path.write_text("x")
    assert "No figures were kept yet" in text(client_of(reviewer), PAGE)
    assert client_of(reviewer).get("/api/v1/evaluations/").json()["results"] == []
    for name, share in (("embedded", 0.1), ("rules", 0.25), ("rules", 0.9)):
        keep_evaluation(
            classifier(name), "bailbench", path, {"n": 800, "unknown": 2, "harmless": {"n": 54, "flagged": share}, "others": {}}
        )
    assert Evaluation.objects.count() == Figure.objects.count() == 2
    entry = AuditEntry.objects.naming(Event.EVALUATION_KEPT).first()
    assert entry.target_id.endswith("/bailbench")
    shown = text(client_of(reviewer), PAGE)
    for words in ("harmless, taken for harm", "0.1000", "0.2500", f"rules {classifier('rules').version}"):
        assert words in shown
    latest, first = client_of(reviewer).get("/api/v1/evaluations/").json()["results"]
    assert (latest["classifier"], first["classifier"], first["unknown"]) == ("rules", "embedded", 2)
    assert first["figures"] == [{"name": "harmless, taken for harm", "value": 1000}]
    with pytest.raises(DatabaseError, match="versions, not edits"), transaction.atomic():
        Figure.objects.update(value=1)


def test_judges_show_how_they_behave(ground, client_of, operator):
    now = timezone.now()
    HostedJudge.objects.create(name="anthropic", day=now.date(), minute=now, suspended_until=now)
    JudgeBatch.objects.create(judge="anthropic", closed_at=now, tested_at=now, swayed=True)
    JudgeCall.objects.create(judge="anthropic", version="1", result="timeout", prompt_sha256="0" * 64)
    JudgeCall.objects.create(judge="anthropic", version="1", result="answered", prompt_sha256="0" * 64, dropped=3, cost=12_000)
    shown = text(client_of(operator), PAGE)
    for words in ("anthropic", "Swayed", "Suspended", "$0.0120"):
        assert words in shown


def test_a_proposal_is_made_seen_and_approved_by_another(labelled, client_of, policy_owner):  # noqa: F811  # the fixture
    author, other = client_of(policy_owner), client_of(make.make_person("policy_owner"))
    answer = author.post("/classifiers/calibrations/", follow=True)
    assert answer.redirect_chain[-1][0] == "/classifiers/calibrations/1/"
    page = answer.content.decode()
    assert "Another person has to approve it" in page
    assert "/approve/" not in page
    assert author.post("/classifiers/calibrations/1/approve/").status_code == 409
    assert "/approve/" in text(other, "/classifiers/calibrations/1/")
    assert "<svg" in page
    assert "Calibration error" in page
    assert other.post("/classifiers/calibrations/1/approve/", follow=True).status_code == 200
    assert Calibration.objects.get().state == "live"
    assert other.post("/classifiers/calibrations/1/refuse/").status_code == 409


def test_too_few_labels_are_said_at_both_doors(ground, client_of, policy_owner):
    client = client_of(policy_owner)
    assert b"enough labels" in client.post("/classifiers/calibrations/", follow=True).content
    answer = client.post(API)
    assert (answer.status_code, answer.headers["Content-Type"]) == (409, "application/problem+json")


def test_the_api_makes_the_same_moves(labelled, client_of, policy_owner):  # noqa: F811  # the fixture
    author, other = client_of(policy_owner), client_of(make.make_person("policy_owner"))
    made = author.post(API)
    assert made.status_code == 201
    [curve] = [one for one in made.json()["curves"] if one["category"] == "violence"]
    assert (curve["surface"], len(curve["knots"])) == (make.WEB, 101)
    assert author.post(f"{API}1/approve/").status_code == 409
    assert other.post(f"{API}1/approve/").json()["state"] == "live"
    assert [one["version"] for one in other.get(API).json()] == [1]
    assert other.get(f"{API}1/").json()["approver"] is not None
    assert other.post(f"{API}1/refuse/").status_code == 409


def test_wrong_methods_roles_and_ids(proposed, client_of, policy_owner, reviewer, auditor):
    owner = client_of(policy_owner)
    moves = ["/classifiers/calibrations/1/approve/", "/classifiers/calibrations/1/refuse/", f"{API}1/approve/", f"{API}1/refuse/"]
    for path in moves:
        assert owner.get(path).status_code == 405
        assert owner.post(path.replace("/1/", "/99/")).status_code == 404
    for client, path in itertools.product((client_of(reviewer), client_of(auditor)), [*moves, "/classifiers/calibrations/", API]):
        assert client.post(path).status_code == 403
    for path in ("/classifiers/calibrations/99/", f"{API}99/"):
        assert owner.get(path).status_code == 404
    assert owner.post(PAGE).status_code == 405
    assert owner.delete(f"{API}1/").status_code == 405
    assert Calibration.objects.get().state == "proposed"
    assert "Approve" not in text(client_of(auditor), "/classifiers/calibrations/1/").split("<main")[1].replace("Approved by", "")
