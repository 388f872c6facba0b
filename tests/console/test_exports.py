"""Exports: ask, follow, take; what is refused, and what a file holds."""

import hashlib
import json
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from conversations.models import ConversationEnd
from moderation.actions.people import grant_role
from moderation.actions.reviews import claim_review
from moderation.exports import bundle, verify_bundle
from moderation.exports.kinds import KINDS
from moderation.models import AuditEntry, Export, ExportLink, Opening, Review, RoleName, WorkItem
from moderation.states import ExportState, Purpose
from tests import make
from tests.moderation.conftest import log_keys, own_log  # noqa: F401  # fixtures, found by name
from tests.moderation.logs import sequence_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]

ASKED = {"kind": "endings", "format": "csv", "since": "", "until": ""}


def text(client, **headers):
    return client.get("/exports/", headers=headers).content.decode()


def ask(client, **asked):
    """Ask for a bundle."""
    answer = client.post("/exports/new/", ASKED | asked)
    assert answer.status_code == 302, answer.content.decode()
    return Export.objects.latest("requested_at")


def build(export):
    """Let the sequencer and a worker do their part."""
    sequence_all()
    make.judge_all()
    export.refresh_from_db()
    return export


def ready(client, **asked):
    return build(ask(client, **asked))


def taken(client, export):
    """Download a bundle, as an attachment only."""
    answer = client.get(f"/exports/{export.public_id}/download/")
    assert answer["Content-Disposition"].startswith("attachment")
    return b"".join(answer.streaming_content)


@pytest.fixture
def signed(compliance):
    make.make_ending()
    sequence_all()


@pytest.fixture
def another(db):
    """Another person who may approve, with a role of long standing."""
    return make.make_approver()


def test_an_empty_list_says_what_would_fill_it(client_of, compliance):
    page = text(client_of(compliance))
    assert "No exports yet" in page
    assert "no conversation text" in page


def test_the_form_says_what_each_kind_is_for(client_of, compliance):
    page = client_of(compliance).get("/exports/new/?kind=decisions&format=parquet").content.decode()
    for kind, recipe in KINDS.items():
        assert escape(kind.label) in page
        assert escape(recipe.purpose) in page
    assert '<option value="decisions" selected>' in page


def test_ask_follow_and_take(client_of, compliance, signed):
    client = client_of(compliance)
    export = ready(client)
    assert (export.term, export.rows) == (ExportState.READY, 1)
    assert export.public_id in text(client)
    page = client.get(f"/exports/{export.public_id}/").content.decode()
    assert export.sha256 in page
    assert f"/exports/{export.public_id}/download/" in page
    body = taken(client, export)
    assert hashlib.sha256(body).hexdigest() == export.sha256
    produced = AuditEntry.objects.get(action="export.produced", target_id=export.public_id).entry["codes"]
    assert (produced["sha256"], produced["manifest"]) == (export.sha256, export.manifest_sha256)
    assert AuditEntry.objects.filter(action="export.downloaded", target_id=export.public_id).exists()


def test_the_page_shows_the_first_rows(client_of, compliance, signed):
    client = client_of(compliance)
    export = ask(client)
    assert ConversationEnd.objects.get().public_id in client.get(f"/exports/{export.public_id}/").content.decode()


def test_a_window_keeps_what_lies_in_it(client_of, compliance, signed):
    tomorrow = (timezone.now() + timedelta(days=1)).date().isoformat()
    assert ready(client_of(compliance), since=tomorrow).rows == 0


def test_the_api_makes_a_link_too(client_of, compliance, auditor, signed):
    export = ready(client_of(compliance))
    where = f"/api/v1/exports/{export.public_id}/link/"
    assert client_of(auditor).post(where, {"hours": 1}, content_type="application/json").status_code == 403
    assert client_of(compliance).post(where, {"hours": 169}, content_type="application/json").status_code == 422
    made = client_of(compliance).post(where, {"hours": 1}, content_type="application/json").json()
    fetched = Client().get(urlsplit(made["address"]).path)
    assert hashlib.sha256(b"".join(fetched.streaming_content)).hexdigest() == export.sha256
    Export.objects.filter(pk=export.pk).update(redaction="none")
    assert client_of(compliance).post(where, {"hours": 1}, content_type="application/json").status_code == 422


def test_the_list_asks_again_only_while_something_is_built(client_of, compliance, signed):
    client = client_of(compliance)
    export = ask(client)
    page = text(client, **{"HX-Request": "true"})
    assert "<html" not in page
    assert 'hx-trigger="every 2s"' in page
    assert "Waits for a worker" in page
    make.judge_all()
    assert "as soon as the log has it" in client.get(f"/exports/{export.public_id}/", headers={"HX-Request": "true"}).content.decode()
    WorkItem.objects.update(not_before=timezone.now())
    build(export)
    assert "hx-trigger" not in text(client, **{"HX-Request": "true"})


def test_progress_is_shown_while_it_is_built(client_of, compliance):
    Export.objects.create(kind="audit", format="csv", state="building", rows=4_000, rows_done=1_000, requested_by=compliance)
    assert 'value="1000" max="4000"' in text(client_of(compliance))


@pytest.mark.parametrize("state", ["failed", "expired", "refused"])
def test_what_is_gone_can_be_asked_for_again(state, client_of, compliance, auditor):
    since = timezone.now() - timedelta(days=3)
    gone = Export.objects.create(kind="audit", format="csv", state=state, error="OSError", requested_by=compliance, since=since)
    page = client_of(compliance).get(f"/exports/{gone.public_id}/").content.decode()
    assert f"since={since:%Y-%m-%d}" in page
    assert "What you can do" not in client_of(auditor).get(f"/exports/{gone.public_id}/").content.decode()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"since": "2026-05-02", "until": "2026-05-01"}, "Must lie after the beginning"),
        ({"since": "yesterday"}, "Enter a valid date"),
        ({"format": "docx"}, "not one of the available choices"),
        ({"format": "html"}, "It comes as NDJSON, CSV, Parquet."),
        ({"kind": ""}, "required"),
        ({"kind": "audit", "redaction": "none"}, "does not come with this taken out"),
        ({"ending": "E-00000000"}, "not about one ending"),
        ({"recipient": "The Regulator!"}, "Small letters, digits and dashes"),
    ],
)
def test_a_wrong_form_comes_back_with_its_reason(asked, told, client_of, compliance):
    answer = client_of(compliance).post("/exports/new/", ASKED | asked)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Export.objects.exists()


class TestTwoPeople:
    @pytest.fixture
    def waiting(self, client_of, compliance, signed):
        return ask(client_of(compliance), redaction="none")

    def test_it_waits_and_shows_nothing_meanwhile(self, waiting, client_of, compliance):
        make.judge_all()
        assert waiting.term is ExportState.REQUESTED
        page = client_of(compliance).get(f"/exports/{waiting.public_id}/").content.decode()
        assert "Waits for another person" in page
        assert "The first rows" not in page
        assert not waiting.folder.exists()

    def test_another_person_approves_and_the_bundle_proves_it(self, waiting, client_of, compliance, another):
        client = client_of(another)
        assert client.post(f"/exports/{waiting.public_id}/approve/").status_code == 302
        export = build(waiting)
        assert (export.term, export.approved_by) == (ExportState.READY, another)
        found = verify_bundle.verify(taken(client, export), bundle.policy_text())
        assert found.code == 0
        assert "approval by another person" in found.lines[0]

    def test_who_asked_cannot_approve(self, waiting, client_of, compliance):
        client = client_of(compliance)
        assert client.post(f"/exports/{waiting.public_id}/approve/").status_code == 409
        assert client.post(f"/api/v1/exports/{waiting.public_id}/approve/").status_code == 409
        assert "Somebody other than the author" in client.get(f"/exports/{waiting.public_id}/").content.decode()
        with pytest.raises(IntegrityError), transaction.atomic():
            Export.objects.filter(pk=waiting.pk).update(approved_by=compliance)

    def test_nobody_is_made_an_approver_for_the_occasion(self, waiting, client_of):
        fresh = make.make_person("compliance")
        assert client_of(fresh).post(f"/exports/{waiting.public_id}/approve/").status_code == 409

    def test_it_can_be_set_aside(self, waiting, client_of, compliance, another):
        assert client_of(compliance).post(f"/exports/{waiting.public_id}/refuse/").status_code == 302
        waiting.refresh_from_db()
        assert waiting.term is ExportState.REFUSED
        assert client_of(another).post(f"/exports/{waiting.public_id}/approve/").status_code == 409

    def test_very_many_rows_take_two_as_well(self, client_of, compliance, signed, settings):
        settings.EXPORT_ROWS_ALONE = 0
        assert ask(client_of(compliance)).needs_two


class TestWhatIsTakenNeedsARight:
    """Whoever takes a bundle may read what it holds."""

    @pytest.fixture
    def ending(self, signed):
        return ConversationEnd.objects.get()

    @pytest.fixture
    def case(self, ending, client_of, compliance, another):
        export = ask(client_of(compliance), kind="case", format="html", redaction="none", ending=ending.public_id)
        client_of(another).post(f"/exports/{export.public_id}/approve/")
        return build(export)

    def test_text_is_for_who_may_open_transcripts(self, case, client_of, auditor):
        client, page = client_of(auditor), f"/exports/{case.public_id}/"
        assert client.get(f"{page}download/").status_code == 403
        assert "open transcripts for a purpose" in client.get(page).content.decode()
        assert f"{page}download/" not in client.get(page).content.decode()
        assert not AuditEntry.objects.filter(action="export.downloaded").exists()

    @pytest.mark.parametrize("kind", ["endings", "decisions"])
    def test_the_surfaces_own_ids_are_for_who_may_open_transcripts(self, kind, ending, client_of, compliance, another, auditor):
        export, masked = ask(client_of(compliance), kind=kind, redaction="none"), ask(client_of(compliance), kind=kind, redaction="text")
        client_of(another).post(f"/exports/{export.public_id}/approve/")
        assert build(export).term is build(masked).term is ExportState.READY
        client, page = client_of(auditor), f"/exports/{export.public_id}/"
        assert client.get(f"{page}download/").status_code == 403
        shown = client.get(page).content.decode()
        assert "open transcripts for a purpose" in shown
        assert "The first rows" not in shown
        assert "The first rows" in client_of(another).get(page).content.decode()
        columns = [
            verify_bundle.read_zip(taken(*one))["data.csv"].splitlines()[0].split(b",")
            for one in ((client, masked), (client_of(another), export))
        ]
        assert [b"branch" in names for names in columns] == [False, True]

    def test_taking_text_is_a_reading_that_the_page_of_the_ending_shows(self, case, client_of, another):
        assert not Opening.objects.filter(user=another).exists()
        assert taken(client_of(another), case)
        read = Opening.objects.get(user=another, branch__ending__public_id=case.subject)
        assert read.purpose == Purpose.LEGAL
        acts = AuditEntry.objects.filter(action__in=["transcript.viewed", "export.downloaded"]).order_by("id")
        assert [one.action for one in acts][-2:] == ["transcript.viewed", "export.downloaded"]

    def test_the_map_of_reviewers_is_for_who_may_approve_it(self, client_of, compliance, another, auditor, signed):
        export = ask(client_of(compliance), kind="reviewers", format="csv", redaction="none")
        client_of(another).post(f"/exports/{export.public_id}/approve/")
        assert build(export).term is ExportState.READY
        assert client_of(auditor).get(f"/exports/{export.public_id}/download/").status_code == 403
        assert taken(client_of(compliance), export)

    def test_who_could_still_label_it_blind_neither_asks_nor_takes(self, ending, client_of, compliance):
        masked = ready(client_of(compliance), kind="case", format="html", redaction="text", ending=ending.public_id)
        reader = make.make_person("compliance")
        grant_role(reader, RoleName.REVIEWER, actor=make.TESTS)
        client, asked = client_of(reader), {"kind": "case", "format": "html", "redaction": "text", "ending": ending.public_id}
        for path, refused in (("/exports/new/", ASKED | asked), ("/api/v1/exports/", asked)):
            answer = client.post(path, refused) if path == "/exports/new/" else client.post(path, refused, content_type="application/json")
            assert answer.status_code == 422
            assert "label this ending blind" in answer.content.decode()
        assert client.get(f"/exports/{masked.public_id}/download/").status_code == 404
        claim_review(Review.objects.get(unit__branch=ending.branch).pk, actor=reader)
        assert client.get(f"/exports/{masked.public_id}/download/").status_code == 404
        assert client.post("/exports/new/", ASKED | asked).status_code == 422


class TestLinks:
    @pytest.fixture
    def export(self, client_of, compliance, signed):
        return ready(client_of(compliance))

    def link(self, client, export):
        page = client.post(f"/exports/{export.public_id}/link/", {"hours": "24"}).content.decode()
        return re.search(r"http://testserver(/exports/fetch/[\w-]+/)", page)[1]

    def test_whoever_holds_it_fetches_the_bundle_for_a_while(self, export, client_of, compliance):
        path = self.link(client_of(compliance), export)
        answer = Client().get(path)
        assert hashlib.sha256(b"".join(answer.streaming_content)).hexdigest() == export.sha256
        link = ExportLink.objects.get()
        fetched = AuditEntry.objects.get(action="export.downloaded", target_id=export.public_id).entry
        assert fetched["actor"] == {"type": "service", "id": link.public_id, "auth": "link"}
        assert path.split("/")[3] not in json.dumps([entry.entry for entry in AuditEntry.objects.all()])
        ExportLink.objects.update(until=timezone.now())
        assert Client().get(path).status_code == 404

    def test_a_made_up_link_leads_nowhere(self, export):
        assert Client().get("/exports/fetch/anything/").status_code == 404

    def test_hours_have_an_end(self, export, client_of, compliance):
        client_of(compliance).post(f"/exports/{export.public_id}/link/", {"hours": "10000"})
        assert not ExportLink.objects.exists()

    def test_nothing_with_text_or_names_leaves_by_a_link(self, export, client_of, compliance):
        Export.objects.update(redaction="none")
        client_of(compliance).post(f"/exports/{export.public_id}/link/", {"hours": "24"})
        assert not ExportLink.objects.exists()


def test_the_auditor_may_take_and_not_ask(client_of, compliance, auditor, signed):
    export = ready(client_of(compliance))
    client = client_of(auditor)
    assert "not ask for them" in text(client)
    assert "/exports/new/" not in text(client)
    assert taken(client, export)
    assert client.post("/exports/new/", ASKED).status_code == 403


def test_other_methods_roles_and_ids_are_refused(client_of, compliance, reviewer, signed):
    client, export = client_of(compliance), ready(client_of(compliance))
    for path in ("/exports/", f"/exports/{export.public_id}/", f"/exports/{export.public_id}/download/"):
        assert client.post(path).status_code == 405
        assert client_of(reviewer).get(path).status_code == 403
    for move in ("approve", "refuse", "link"):
        assert client.get(f"/exports/{export.public_id}/{move}/").status_code == 405
        assert client_of(reviewer).post(f"/exports/{export.public_id}/{move}/").status_code == 403
        assert client.post(f"/exports/X-00000000/{move}/", {"hours": "1"}).status_code == 404
    assert client.get("/exports/X-00000000/download/").status_code == 404
    assert client.get("/exports/X-00000000/").status_code == 404


def test_a_file_that_is_not_ready_or_gone_is_missing(client_of, compliance, signed):
    client = client_of(compliance)
    export = ready(client)
    export.path.unlink()
    assert client.get(f"/exports/{export.public_id}/download/").status_code == 404
    Export.objects.update(state="building")
    assert client.get(f"/exports/{export.public_id}/download/").status_code == 404


class TestApi:
    def test_ask_and_follow(self, client_of, compliance, signed):
        client = client_of(compliance)
        asked = {"kind": "endings", "format": "ndjson", "redaction": "ids", "since": "2020-01-01"}
        answer = client.post("/api/v1/exports/", asked, content_type="application/json")
        assert answer.status_code == 202
        build(Export.objects.get())
        found = client.get(f"/api/v1/exports/{answer.json()['id']}/").json()
        assert (found["state"], found["rows"], found["redaction"]) == ("ready", 1, "ids")

    def test_what_is_no_export_is_refused_with_its_reason(self, client_of, compliance, signed):
        asked = {"kind": "endings", "format": "csv", "ending": "E-00000000"}
        answer = client_of(compliance).post("/api/v1/exports/", asked, content_type="application/json")
        assert answer.status_code == 422
        assert "not about one ending" in answer.content.decode()

    def test_another_person_approves(self, client_of, compliance, another, signed):
        export = ask(client_of(compliance), redaction="none")
        answer = client_of(another).post(f"/api/v1/exports/{export.public_id}/approve/")
        assert (answer.status_code, answer.json()["state"]) == (200, "approved")
