"""Exports: ask, follow, take; what is refused, and what a file holds."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from moderation.models import AuditEntry, Export
from moderation.states import ExportState
from tests import make
from tests.moderation.conftest import log_keys, own_log  # noqa: F401  # fixtures, found by name
from tests.moderation.logs import sequence_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]

ASKED = {"kind": "audit", "format": "ndjson", "since": "", "until": ""}


def text(client, **headers):
    return client.get("/exports/", headers=headers).content.decode()


def ready(client, **asked):
    """Ask for a file and let a worker build it."""
    client.post("/exports/new/", ASKED | asked)
    make.judge_all()
    return Export.objects.latest("requested_at")


def taken(client, export):
    """Download a file, as an attachment only."""
    answer = client.get(f"/exports/{export.public_id}/download/")
    assert answer["Content-Disposition"].startswith("attachment")
    return b"".join(answer.streaming_content)


@pytest.fixture
def signed(compliance):
    make.make_ending()
    sequence_all()


def test_it_says_that_the_log_holds_no_conversation_text(client_of, compliance):
    page = text(client_of(compliance))
    assert "no conversation text" in page
    assert "No exports yet" in page


def test_ask_follow_and_take(client_of, compliance, signed):
    client = client_of(compliance)
    size = AuditEntry.objects.sequenced().count()
    export = ready(client)
    assert (export.term, export.rows) == (ExportState.READY, size)
    page = text(client)
    assert export.sha256 in page
    assert f"/exports/{export.public_id}/download/" in page
    body = taken(client, export)
    assert hashlib.sha256(body).hexdigest() == export.sha256
    assert len([json.loads(line) for line in body.splitlines()]) == size
    assert AuditEntry.objects.filter(action="export.downloaded", target_id=export.public_id).exists()


def test_a_window_keeps_what_lies_in_it(client_of, compliance, signed):
    tomorrow = (timezone.now() + timedelta(days=1)).date().isoformat()
    assert ready(client_of(compliance), since=tomorrow).rows == 0


def test_the_fragment_asks_again_only_while_something_is_built(client_of, compliance, signed):
    client = client_of(compliance)
    client.post("/exports/new/", ASKED)
    page = text(client, **{"HX-Request": "true"})
    assert "<html" not in page
    assert 'hx-trigger="every 2s"' in page
    assert "Waits for a worker" in page
    make.judge_all()
    assert "hx-trigger" not in text(client, **{"HX-Request": "true"})


def test_progress_is_shown_while_it_is_built(client_of, compliance):
    Export.objects.create(kind="audit", format="csv", state="building", rows=4_000, rows_done=1_000, requested_by=compliance)
    assert 'value="1000" max="4000"' in text(client_of(compliance))


@pytest.mark.parametrize("state", ["failed", "expired"])
def test_what_is_gone_can_be_asked_for_again(state, client_of, compliance, auditor):
    since = timezone.now() - timedelta(days=3)
    Export.objects.create(kind="audit", format="csv", state=state, error="OSError", requested_by=compliance, since=since)
    page = text(client_of(compliance))
    assert "Ask again" in page
    assert f'value="{since:%Y-%m-%d}"' in page
    assert "Ask again" not in text(client_of(auditor))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"since": "2026-05-02", "until": "2026-05-01"}, "Must lie after the beginning"),
        ({"since": "yesterday"}, "Enter a valid date"),
        ({"format": "docx"}, "not one of the available choices"),
        ({"kind": ""}, "required"),
    ],
)
def test_a_wrong_form_comes_back_with_its_reason(asked, told, client_of, compliance):
    answer = client_of(compliance).post("/exports/new/", ASKED | asked)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Export.objects.exists()


def test_the_auditor_may_take_and_not_ask(client_of, compliance, auditor, signed):
    export = ready(client_of(compliance))
    client = client_of(auditor)
    assert "not ask for them" in text(client)
    assert "/exports/new/" not in text(client)
    assert taken(client, export)
    assert client.post("/exports/new/", ASKED).status_code == 403


def test_other_methods_roles_and_ids_are_refused(client_of, compliance, reviewer, signed):
    client, export = client_of(compliance), ready(client_of(compliance))
    assert client.get("/exports/new/").status_code == 405
    for path in ("/exports/", f"/exports/{export.public_id}/download/"):
        assert client.post(path).status_code == 405
        assert client_of(reviewer).get(path).status_code == 403
    assert client.get("/exports/X-00000000/download/").status_code == 404


def test_a_file_that_is_not_ready_or_gone_is_missing(client_of, compliance, signed):
    client = client_of(compliance)
    export = ready(client)
    export.path.unlink()
    assert client.get(f"/exports/{export.public_id}/download/").status_code == 404
    Export.objects.update(state="building")
    assert client.get(f"/exports/{export.public_id}/download/").status_code == 404
