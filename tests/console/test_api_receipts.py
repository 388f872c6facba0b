"""What the holder of a receipt may demand: the proof that its entry is in the log, and the salt of its own event."""

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from console.api import answers as door
from console.api.signatures import sign
from conversations import vault
from conversations.models import ConversationEnd, ReceivedEvent, Subject
from moderation import work
from moderation.actions import erasures
from moderation.actions.quarantine import quarantine_event
from moderation.audit import followed, keys, origins, proofs, succeeding
from moderation.audit.notes import NoteError
from moderation.exports import bundle
from moderation.models import Kind, WorkItem
from moderation.models.audit import AuditCheckpoint, AuditEntry
from moderation.states import ErasureReason
from tests import make
from tests.moderation.conftest import log_keys, own_log  # noqa: F401  # fixtures, found by name
from tests.moderation.logs import acts, bundled, sequence_all
from tests.moderation.test_audit_recover import restore
from tests.moderation.test_audit_succeed import forget
from tests.sender import BATCH, LINES, post, results

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log", "ground")]
NOBODY = "00000000-0000-0000-0000-000000000000"


def sent(event):
    return make.send(event).receipt


def proof(entry_id):
    return Client().get(f"/log/receipts/{entry_id}/proof")


def test_a_receipt_is_proven_against_the_signed_checkpoint():
    receipts = [sent(make.ended()) for _ in range(5)]
    sequence_all()
    for receipt in receipts:
        answer = proof(receipt["entry_id"])
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
        read = proofs.read(answer.content.decode())
        assert read.note == AuditCheckpoint.objects.latest_signed().note
        assert read.verify(bytes.fromhex(receipt["leaf_hash"]), [keys.log_verifier()])
        assert read.text() == answer.content.decode()


def test_a_proof_shows_nothing_else():
    first, second = sent(make.ended()), sent(make.ended())
    sequence_all()
    read = proofs.read(proof(first["entry_id"]).content.decode())
    leaf = bytes.fromhex(first["leaf_hash"])
    assert not read.verify(bytes.fromhex(second["leaf_hash"]), [keys.log_verifier()])
    assert not proofs.Proof(read.index + 1, read.hashes, read.note).verify(leaf, [keys.log_verifier()])
    assert not proofs.Proof(read.index, read.hashes[::-1], read.note).verify(leaf, [keys.log_verifier()])
    assert not proofs.Proof(read.index, read.hashes, read.note.replace("\n", "\n\n", 1)).verify(leaf, [keys.log_verifier()])
    assert not read.verify(leaf, [])


@pytest.mark.parametrize(
    "text",
    ["", "c2sp.org/tlog-proof@v1\n\nnote\n", "c2sp.org/tlog-proof@v1\nindex 01\n\nnote", "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nnote"],
)
def test_what_is_no_proof_is_not_read(text):
    with pytest.raises(NoteError):
        proofs.read(text)


def test_before_the_merge_delay_it_says_when_and_after_it_that_the_promise_is_broken(monkeypatch):
    receipt = sent(make.ended())
    answer = proof(receipt["entry_id"])
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:recourse:problem:pending")
    assert 0 < int(answer["Retry-After"]) <= 60
    later = timezone.now() + timedelta(seconds=61)
    monkeypatch.setattr("console.api.receipts.timezone.now", lambda: later)
    answer = proof(receipt["entry_id"])
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:recourse:problem:overdue")
    assert "Keep the receipt" in answer.json()["detail"]


def test_only_the_entry_of_a_receipt_is_found():
    sent(make.ended())
    for other in (uuid4(), AuditEntry.objects.exclude(actor_type="source").first().pk):
        answer = proof(other)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert Client().post(f"/log/receipts/{NOBODY}/proof").status_code == 405
    assert Client().get("/log/receipts/nonsense/proof").status_code == 404


def salt(key, entry_id, body=b"", method="get", **headers):
    message, now = f"msg-{uuid4().hex}", int(time.time())
    secret = base64.b64decode(key.signing_secret.removeprefix("whsec_"))
    signed = {
        "Authorization": f"Bearer {key.api_key}",
        "webhook-id": message,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret, message, now, body),
    }
    return getattr(Client(), method)(f"/api/v1/receipts/{entry_id}/salt/", headers=signed | headers)


def test_the_sender_gets_the_salt_that_opens_the_commitment():
    key, event = make.make_key(), make.ended()
    receipt = sent(event)
    answer = salt(key, receipt["entry_id"])
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    opened = bytes.fromhex(answer.json()["salt"])
    assert hmac.new(opened, json.dumps(event).encode(), hashlib.sha256).hexdigest() == receipt["commit"] == answer.json()["commit"]


def test_every_type_of_event_has_a_salt():
    key, event = make.make_key(), make.ended()
    first = make.ended(allowed=False)
    events = [
        event,
        first,
        make.continued(),
        make.about("message.accepted", event),
        make.about("feedback.given", event, thumbs="down", text="no"),
        make.about("appeal.filed", event, text="again"),
        make.cloud("surface.volume", make.WEB, "v1", "2026-01-01T00:00:00Z", hour="2026-01-01T00:00:00Z", conversations=1),
        make.cloud("conversation.started", make.WEB, "s1", "2026-01-01T00:00:00Z", conversation=make.a_conversation()),
    ]
    for one in events:
        receipt = sent(one)
        opened = bytes.fromhex(salt(key, receipt["entry_id"]).json()["salt"])
        assert hmac.new(opened, json.dumps(one).encode(), hashlib.sha256).hexdigest() == receipt["commit"]


def test_a_salt_is_for_its_own_surface_while_it_lives():
    key, other = make.make_key(), make.make_key(make.make_surface("/surfaces/other"))
    entry_id = sent(make.ended())["entry_id"]
    assert salt(other, entry_id).status_code == 404
    assert salt(key, uuid4()).status_code == 404
    assert salt(key, entry_id, Authorization="Bearer nobody").status_code == 401
    assert salt(key, entry_id, **{"webhook-signature": "v1,AAAA"}).status_code == 401
    assert salt(key, entry_id, method="post").status_code == 405
    vault.store().destroy(Subject.objects.get(conversations__branches__ending=ConversationEnd.objects.get()).pk)
    assert salt(key, entry_id).status_code == 410


@pytest.mark.usefixtures("own_log", "ground", "behind")
class TestKeysBehind:
    """A machine without the keys of the log in force: its receipts would name the log before."""

    @pytest.fixture
    def behind(self, settings, tmp_path):
        """Two acts were lost and another log follows, whose keys were not copied here."""
        self.key = make.make_key()
        acts(3)
        sequence_all()
        before = AuditEntry.objects.count()
        acts(2)
        sequence_all()
        restore(before)
        succeeding.succeed([], write=True, using="default")
        sequence_all()
        self.aside = forget(settings, tmp_path)

    @pytest.mark.parametrize("form", ["single", "batch", "lines", "one by one"])
    def test_events_are_answered_503_and_taken_once_the_keys_are_here(self, form):
        event = make.ended()
        if form == "one by one":  # only new conversations go together
            event = make.started(event)
        sent = {"batch": ([event], BATCH), "lines": (json.dumps(event).encode(), LINES)}.get(form, (event,))
        answer = post(self.key, *sent)
        assert answer.status_code == 503
        assert answer["Retry-After"]
        assert answer.json()["type"].endswith(":keys-missing")
        assert not ReceivedEvent.objects.exists()
        self.aside.rename(origins.Origin(2).folder)
        taken = post(self.key, *sent)
        assert taken.status_code in {200, 202}
        [stored] = ReceivedEvent.objects.all()
        assert stored.receipt["origin"] == "recourse.test/log/2"
        assert keys.verify_receipt(stored.receipt)

    def test_a_stream_that_has_begun_ends_with_the_problem(self, monkeypatch, tmp_path):
        monkeypatch.setattr(door, "CHUNK", 1)
        self.aside.rename(origins.Origin(2).folder)
        rows, refuse = [make.ended(), make.ended()], followed.check
        told = iter([[], [[origins.SPAN]]])
        monkeypatch.setattr(followed, "check", lambda _: refuse(next(told)))
        found = results(post(self.key, b"\n".join(json.dumps(row).encode() for row in rows), LINES))
        assert [(one["status"], one.get("problem")) for one in found] == [("accepted", None), ("stopped", "keys-missing")]
        assert ReceivedEvent.objects.count() == 1

    def test_what_is_taken_out_of_quarantine_stays_there(self, client_of, operator):
        held = quarantine_event(json.dumps(make.ended()).encode(), make.make_surface(), problem="busy", field="", detail="", auth="test")
        for path in (f"/quarantine/{held.public_id}/replay/", f"/api/v1/quarantine/{held.public_id}/replay/"):
            form = "application/json" if "api" in path else "application/x-www-form-urlencoded"
            answer = client_of(operator).post(path, content_type=form)
            assert answer.status_code == 503
            assert "keys of the log" in answer.content.decode()
        held.refresh_from_db()
        assert held.state == "held"

    def test_an_erasure_waits_for_its_certificate_without_losing_a_try(self):
        self.aside.rename(origins.Origin(2).folder)
        make.send(make.ended())
        subject = Subject.objects.get()
        asked = erasures.request_erasure(subject, ErasureReason.REQUEST, asked_by=make.make_person("compliance"))
        self.aside = origins.Origin(2).folder.rename(self.aside)
        origins._known.clear()
        erasures.approve_erasure(asked.public_id, actor=make.make_person("operator"))
        work.run([Kind.ERASE])
        item = WorkItem.objects.get(kind=Kind.ERASE)
        assert (item.state, item.attempts, item.last_error) == ("ready", 0, "keys-missing")
        self.aside.rename(origins.Origin(2).folder)
        WorkItem.objects.update(not_before=timezone.now())
        work.run([Kind.ERASE])
        asked.refresh_from_db()
        assert asked.certificate["origin"] == "recourse.test/log/2"

    def test_nothing_is_bundled(self):
        with pytest.raises(followed.KeysBehind, match="origin-2"):
            bundled(bundle.Wanted(0, 0))
