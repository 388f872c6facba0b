"""The pages of the log: entries, one entry, and verification with both its ends."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from moderation import work
from moderation.actions import opening, rooms
from moderation.actions.conversations import open_transcript
from moderation.actions.locks import acknowledge_alarm
from moderation.actions.people import note_sign_in
from moderation.actions.witnesses import note_refusals
from moderation.audit import keys, sequencer, witness
from moderation.exports import bundle, verify_bundle
from moderation.models import AuditCheckpoint, AuditEntry, AuditWitness, Export, Kind, LockAlarm, Review, Verification, WorkItem
from moderation.states import AlarmReason, Answer, ExportState, Lane, Purpose, Round
from tests import make
from tests.moderation.conftest import log_keys, own_log  # noqa: F401  # fixtures, found by name
from tests.moderation.logs import sequence_all, tamper
from tests.moderation.test_witness import CAROL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]


@pytest.fixture(autouse=True)
def one_connection(monkeypatch):
    """Verify on the connection that holds the test's transaction; a worker has another, so that progress is seen meanwhile."""
    monkeypatch.setattr(sequencer, "alias", lambda: "default")


@pytest.fixture
def signed(senior, operator):
    """A log whose entries all have their leaves under a signed checkpoint."""
    make.make_ending()
    note_sign_in(senior)
    sequence_all()
    return AuditCheckpoint.objects.latest_signed()


def text(client, path="/audit/"):
    return client.get(path).content.decode()


def rows(page):
    return page.count("<tr data-row")


def test_it_lists_entries_by_pseudonym_under_the_signed_head(client_of, senior, signed):
    page = text(client_of(senior))
    assert f"{signed.size}" in page
    assert signed.note.splitlines()[2] in page
    assert senior.pseudonym in page
    assert senior.email not in page
    assert "Never" in page
    assert "login.succeeded" in page


def test_an_entry_without_a_leaf_waits(client_of, senior, signed):
    note_sign_in(senior)
    page = text(client_of(senior))
    assert "1 recorded, not in the tree yet" in page
    assert "Waiting</span>" in page


def test_before_the_first_checkpoint_it_says_so(client_of, senior):
    assert "No checkpoint yet" in text(client_of(senior))


def test_a_note_that_cannot_be_read_is_said_not_hidden(client_of, senior, signed):
    tamper("UPDATE audit_checkpoint SET note = 'nonsense'")
    assert "The note cannot be read" in text(client_of(senior))


@pytest.mark.parametrize("query", ["actor={pseudonym}", "actor={audit_id}", "target={audit_id}", "action=login.succeeded"])
def test_filters(query, client_of, senior, signed):
    page = text(client_of(senior), "/audit/?" + query.format(pseudonym=senior.pseudonym.lower(), audit_id=senior.audit_id))
    assert 0 < rows(page) < AuditEntry.objects.count()
    assert senior.pseudonym in page


def test_a_window_of_time(client_of, senior, signed):
    assert rows(text(client_of(senior), "/audit/?since=2020-01-01T00:00")) > 0
    page = text(client_of(senior), "/audit/?since=2120-01-01T00:00")
    assert rows(page) == 0
    assert "No entries match" in page


def test_pages_follow_each_other_without_gap_or_repeat(client_of, senior, signed):
    client, seen, url = client_of(senior), [], "/audit/"
    for _ in range(60):
        note_sign_in(senior)
    while url:
        context = client.get(url).context
        seen += [row.id for row in context["rows"]]
        url = f"/audit/?after={context['page'].after}" if context["page"].after else None
    assert len(seen) == len(set(seen)) == AuditEntry.objects.count()


def test_an_entry_says_what_was_recorded_and_what_covers_it(client_of, senior, signed):
    entry = AuditEntry.objects.filter(action="login.succeeded").latest("leaf_index")
    page = text(client_of(senior), f"/audit/{entry.leaf_index}/")
    assert bytes(entry.leaf_hash).hex() in page
    assert entry.entry["nonce"] in page
    assert signed.note.splitlines()[2] in page
    assert f"/audit/{entry.leaf_index - 1}/" in page
    assert f"/audit/{entry.leaf_index + 1}/" not in page


def test_what_can_be_copied_is_what_was_hashed(client_of, senior, signed):
    answer = client_of(senior).get("/audit/0/")
    assert json.loads(answer.context["canonical"]) == AuditEntry.objects.get(leaf_index=0).entry
    assert answer.context["canonical"].encode() == bytes(AuditEntry.objects.get(leaf_index=0).body)


def test_verifying_a_sound_log_says_so_and_is_recorded(client_of, operator, signed):
    page = verified(client_of(operator))
    assert "The log is sound" in page
    assert "is exactly" not in page
    assert operator.pseudonym in page
    entry = AuditEntry.objects.get(action="log.verified")
    assert entry.entry["codes"]["size"] == signed.size
    assert entry.actor_id == str(operator.audit_id)


def test_a_changed_entry_is_shown_with_what_is_still_proven(client_of, operator, signed):
    tamper("UPDATE audit_node SET hash = sha256('x') WHERE level = 0 AND idx = 1")
    page = verified(client_of(operator))
    assert "The log is not the one that was signed" in page
    assert "level 0, 1" in page
    assert "Still proven" in page
    assert AuditEntry.objects.get(action="log.verification_failed").entry["codes"]["check"] == "node.hash"
    assert "Not sound" in text(client_of(operator))


def test_a_changed_checkpoint_is_recorded_by_its_check_alone(client_of, operator, signed):
    tamper("UPDATE audit_checkpoint SET note = translate(note, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'BCDEFGHIJKLMNOPQRSTUVWXYZA')")
    verified(client_of(operator))
    assert AuditEntry.objects.get(action="log.verification_failed").entry["codes"]["check"].startswith("checkpoint.")


def test_without_the_public_key_it_says_that_nothing_was_checked(client_of, operator, signed):
    for path in keys.folder().glob("log*.vkey"):
        path.unlink()
    page = verified(client_of(operator))
    assert "The log could not be verified" in page
    assert str(keys.folder()) not in page
    assert AuditEntry.objects.get(action="log.verification_failed").entry["codes"]["check"] == "could_not_run"


def test_while_it_runs_its_page_says_how_far_it_is_and_asks_again(client_of, operator, auditor, signed):
    client = client_of(operator)
    path = client.post("/audit/verify/")["Location"]
    assert "Waits for a worker" in text(client, path)
    Verification.objects.update(entries=900, entries_done=250)
    fragment = client_of(auditor).get(path, headers={"HX-Request": "true"}).content.decode()
    assert "250 of 900" in fragment
    assert "hx-get" in fragment
    assert "<html" not in fragment
    work.run()
    assert "hx-get" not in text(client_of(auditor), path)


def test_a_verification_that_is_not_there_and_other_methods(client_of, operator, reviewer):
    assert client_of(operator).get("/audit/verify/V-00000000/").status_code == 404
    path = client_of(operator).post("/audit/verify/")["Location"]
    assert client_of(operator).post(path).status_code == 405
    assert client_of(reviewer).get(path).status_code == 403


def verified(client):
    """The statement of a verification, after a worker has done it."""
    path = client.post("/audit/verify/")["Location"]
    work.run()
    return text(client, path)


def test_the_api_asks_for_a_verification_and_follows_it(client_of, senior, operator, signed):
    asked = client_of(operator).post("/api/v1/verifications/")
    assert (asked.status_code, asked.json()["sound"]) == (202, None)
    make.judge_all()
    where = f"/api/v1/verifications/{asked.json()['id']}/"
    found = client_of(operator).get(where).json()
    assert (found["sound"], found["entries"]) == (True, found["report"]["size"])
    assert client_of(senior).post("/api/v1/verifications/").status_code == 403


def test_who_may_not_verify_is_not_offered_it(client_of, senior, operator, signed):
    assert "/audit/verify/" not in text(client_of(senior))
    assert "/audit/verify/" in text(client_of(operator))


def test_other_methods_roles_and_ids_are_refused(client_of, senior, reviewer, operator, signed):
    assert client_of(operator).get("/audit/verify/").status_code == 405
    assert client_of(senior).post("/audit/verify/").status_code == 403
    for path in ("/audit/", "/audit/0/"):
        assert client_of(senior).post(path).status_code == 405
        assert client_of(reviewer).get(path).status_code == 403
    assert client_of(senior).get("/audit/999999/").status_code == 404


def test_htmx_gets_the_rows_alone(client_of, senior, signed):
    page = client_of(senior).get("/audit/?action=login.succeeded", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert rows(page) > 0


def test_links_lead_where_a_target_has_a_page(client_of, auditor, signed):
    page = text(client_of(auditor))
    for entry in AuditEntry.objects.filter(target_type__in=["ending", "policy"]):
        path = f"/policies/{entry.target_id[2:]}/" if entry.target_type == "policy" else f"/endings/{entry.target_id}/"
        assert path in page


def test_what_a_witness_refused_is_said_on_the_log_and_at_home_and_recorded_once(client_of, senior, signed, settings, tmp_path):
    settings.LOG_POLICY = tmp_path / "policy"
    settings.LOG_POLICY.write_text(f"witness carol {CAROL.verifier.vkey}\nquorum none\n")
    AuditWitness.objects.create(name="carol", refused_size=7, status=422)
    assert [note_refusals(), note_refusals()] == [1, 0]
    assert AuditEntry.objects.get(action="witness.refused").entry["codes"] == {"size": 7, "status": 422}
    for path in ("/audit/", "/"):
        assert "A witness refused the log" in text(client_of(senior), path)


def test_a_lapsed_quorum_and_a_late_log_are_said(client_of, senior, signed, settings, tmp_path):
    assert not set(NOTICES) & set(lines_of(client_of(senior)))
    settings.LOG_POLICY = tmp_path / "policy"
    settings.LOG_POLICY.write_text(f"witness carol {CAROL.verifier.vkey}\nquorum carol\n")
    later = datetime.now(UTC) + timedelta(minutes=3)
    note_sign_in(senior)
    assert witness.standing(now=later) == witness.Standing(lapsed=True, overdue=1)
    settings.MERGE_DELAY_SECONDS = -120
    assert {"The quorum of witnesses has lapsed", "The log is late"} <= set(lines_of(client_of(senior)))
    settings.LOG_POLICY.write_text("nonsense")
    assert "Nobody can say who witnesses the log" in lines_of(client_of(senior))


NOTICES = ("A witness refused the log", "The quorum of witnesses has lapsed", "The log is late", "Nobody can say who witnesses the log")


def lines_of(client):
    page = text(client)
    return [line for line in NOTICES if line in page]


def test_a_long_log_is_verified_in_slices_by_workers_that_go_on_where_one_stopped(client_of, operator, signed, monkeypatch):
    monkeypatch.setattr("moderation.audit.pages.PAGE", 2)
    monkeypatch.setattr("moderation.actions.verifications.SLICE_SECONDS", 0)
    client = client_of(operator)
    path = client.post("/audit/verify/")["Location"]
    work.run([Kind.VERIFY])
    one = Verification.objects.get()
    assert (one.finished_at, one.reached["size"]) == (None, 2)
    assert "2 of" in text(client, path)
    with monkeypatch.context() as dying:
        dying.setattr("moderation.actions.verifications.verify_slice", lambda *_, **__: 1 / 0)
        work.run([Kind.VERIFY])
    WorkItem.objects.filter(kind=Kind.VERIFY).update(not_before=timezone.now())
    make.judge_all()
    one = Verification.objects.get()
    assert (one.sound, one.report["size"]) == (True, AuditEntry.objects.sequenced().count())
    assert WorkItem.objects.filter(kind=Kind.VERIFY, state="done").count() > 2


def test_a_range_is_asked_for_as_a_bundle_from_the_verification(client_of, operator, compliance, signed):
    page = client_of(compliance).get(asked_and_done(client_of(operator))).content.decode()
    assert 'name="last" value="' in page
    answer = client_of(compliance).post("/exports/new/", {"kind": "audit", "format": "ndjson", "first": "1", "last": "2"})
    export = Export.objects.get()
    assert answer["Location"] == f"/exports/{export.public_id}/"
    assert (export.rows, export.first_leaf, export.last_leaf) == (2, 1, 2)
    sequence_all()
    make.judge_all()
    export.refresh_from_db()
    assert export.term is ExportState.READY, export.error
    raw = export.path.read_bytes()
    assert verify_bundle.verify(raw, bundle.policy_text()).code == 0
    members = verify_bundle.read_zip(raw)
    indexes = [json.loads(line)["index"] for line in members["entries.ndjson"].splitlines()]
    assert indexes[:2] == [1, 2]
    assert json.loads(members["manifest.json"])["query"]["leaves"] == "1-2"
    assert "Entries 1 to 2" in client_of(compliance).get(answer["Location"]).content.decode()


def asked_and_done(client):
    """The address of a verification that a worker has done."""
    path = client.post("/audit/verify/")["Location"]
    make.judge_all()
    return path


@pytest.mark.parametrize(
    "asked",
    [
        {"first": "2", "last": "1"},
        {"first": "1", "last": ""},
        {"first": "-1", "last": "1"},
        {"first": "0", "last": "999999"},
        {"first": "0", "last": "1", "since": "2026-01-01"},
        {"first": "0", "last": "1", "kind": "endings"},
    ],
)
def test_what_is_no_range_of_the_log_is_refused(client_of, compliance, signed, asked):
    assert client_of(compliance).post("/exports/new/", {"kind": "audit", "format": "ndjson"} | asked).status_code == 422
    assert not Export.objects.exists()


def test_the_program_that_verifies_is_handed_out(client_of, senior, reviewer):
    answer = client_of(senior).get("/audit/verify/verify_bundle.py")
    assert answer.content == Path(verify_bundle.__file__).read_bytes()
    assert answer["Content-Disposition"] == 'attachment; filename="verify_bundle.py"'
    assert client_of(reviewer).get("/audit/verify/verify_bundle.py").status_code == 403
    assert client_of(senior).post("/audit/verify/verify_bundle.py").status_code == 405


def page_of(client, found):
    return text(client, f"/audit/{AuditEntry.objects.get(pk=found.pk).leaf_index}/")


def by_api(client, found, query=""):
    """Return the entry as the API lists it, None where it is not on the list."""
    rows = client.get(f"/api/v1/audit/?{query}").json()["results"]
    return next((one for one in rows if one["id"] == str(found.pk)), None)


def is_listed(client, found, query):
    """Return whether an entry is on a filtered list, which both doors must agree on."""
    shown = f'href="/audit/{AuditEntry.objects.get(pk=found.pk).leaf_index}/"' in text(client, f"/audit/?{query}")
    assert shown is (by_api(client, found, query) is not None)
    return shown


def is_withheld(client, found):
    """Return whether what an entry says is withheld, which both doors must agree on; then no word of it tells what happened."""
    page, row = page_of(client, found), by_api(client, found)
    held = row["withheld"]
    for name in ("codes", "action", "target"):
        assert (name in row["entry"]) is (f"&quot;{name}&quot;" in page) is not held
    for word in (found.entry["nonce"], found.action, found.target_id):
        assert (word in page) is not held
    for query in (f"action={found.action}", f"target={found.target_id}"):
        assert is_listed(client, found, query) is not held
    assert is_listed(client, found, f"actor={found.actor_id}")
    return held


def test_a_senior_learns_no_lane_verdict_or_answer_of_what_they_could_still_label(client_of, senior, auditor, signed):
    review = Review.objects.get()
    ending = review.unit.branch.ending
    about = [review.public_id, ending.public_id, ending.branch.public_id]
    whole = text(client_of(senior))
    assert not [one for one in (*about, 'title="ending.received"', 'title="verdict.recorded"') if one in whole]
    assert 'title="ending.received"' in text(client_of(auditor))
    found = [one for one in AuditEntry.objects.filter(target_id__in=about) if one.entry["codes"]]
    assert {one.target_type for one in found} == {"branch", "ending", "review"}
    assert all(is_withheld(client_of(senior), one) for one in found)
    assert not any(is_withheld(client_of(auditor), one) for one in found)
    make.answer(review, senior)
    assert not any(is_withheld(client_of(senior), one) for one in found)


def test_the_first_answer_is_withheld_from_who_reads_second_and_golden_from_who_reads_it(client_of, senior, reviewer, signed):
    review = Review.objects.get()
    make.answer(review, reviewer, make.statement(Answer.NO))
    sequence_all()
    decided = AuditEntry.objects.get(action="review.decided", target_id=review.public_id)
    assert is_withheld(client_of(senior), decided)
    other = make.make_person("senior")
    make.answer(make.reading(review.unit, Round.SECOND), other, make.statement(Answer.NO))
    assert not is_withheld(client_of(senior), decided)
    opening.open_reading(review.unit, Round.GOLDEN, Lane.AUDIT, within=timedelta(days=7))
    sequence_all()
    golden = AuditEntry.objects.get(action="review.opened", target_id=make.reading(review.unit, Round.GOLDEN).public_id)
    assert is_withheld(client_of(senior), golden)
    assert not is_withheld(client_of(other), golden)


def test_what_others_said_in_a_room_is_withheld_from_who_still_reads_there(client_of, senior, reviewer, signed):
    unit = make.answer(Review.objects.get(), reviewer).unit
    make.agree()
    other = make.make_person("senior")
    room = rooms.open_room("Ten", units=[unit.pk], readers=[senior, other], actor=other)
    open_transcript(unit.branch, Purpose.QUALITY, actor=other)
    rooms.answer_item(room.items.get().pk, Answer.NO, "", actor=other)
    alarm = LockAlarm.objects.create(surface=unit.surface, ending=unit.branch.ending, messages=1, last_at=timezone.now())
    acknowledge_alarm(alarm, reason=AlarmReason.TEST, actor=make.make_person("operator"))
    sequence_all()
    for action in ("room.answered", "lock.acknowledged"):
        entry = AuditEntry.objects.get(action=action)
        assert is_withheld(client_of(senior), entry)
        assert not is_withheld(client_of(other), entry)


def test_bundles_of_whole_entries_are_not_for_who_labels(client_of, senior, auditor):
    answer = client_of(senior).get("/log/tile/entries/000.p/1")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:recourse:problem:conflict")
    assert client_of(auditor).get("/log/tile/entries/000.p/1").status_code == 404
