"""Case files: everything about one ending, escaped, proven, with the text only where another person allowed it."""

import json

import pytest
from django.utils import timezone

from conversations import vault
from moderation.actions.exports import BadOrder
from moderation.exports import bundle, verify_bundle
from moderation.exports.dsa_fields import personal_data
from moderation.exports.notices import notice
from moderation.models import AuditEntry, ExportFormat, ExportKind, Label, Opening, Settlement
from moderation.states import Purpose, Redaction, ReviewState
from tests import make
from tests.moderation.test_bundle import repack
from tests.moderation.test_exports import asked, built, request_export

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]
SAID = '<script>alert("1")</script> & "quoted" \u202e'


@pytest.fixture
def ending(ground):
    made = make.make_ending(("user", SAID), *make.LADDER[1:])
    named = {"id": made.branch.conversation.external_id, "branch": {"id": made.branch.external_id}}
    make.send(make.cloud("appeal.filed", make.WEB, "ap-1", "2026-11-21T00:00:00Z", conversation=named, text="<b>I was joking.</b>"))
    make.judge_all()
    return made


def case(ending, redaction):
    export, members = built(
        ExportKind.CASE, ExportFormat.HTML, approve=redaction is Redaction.NONE, redaction=redaction, subject=ending.public_id
    )
    return export, members, json.loads(members["case.json"])


def test_with_the_text_it_holds_all_and_opens_the_commitment(ending):
    export, members, found = case(ending, Redaction.NONE)
    page = members["case.html"].decode()
    assert found["transcript"]["turns"][0]["text"] == SAID
    assert found["appeals"][0]["text"] == "<b>I was joking.</b>"
    assert found["verdicts"][0]["findings"]
    assert "&lt;script&gt;alert(" in page
    assert "<script" not in page
    assert "<b>I was" not in page
    assert "default-src 'none'" in page
    told = verify_bundle.verify(export.path.read_bytes(), bundle.policy_text()).lines[0]
    assert "openings match" in told
    assert "approval by another person" in told


def test_it_holds_the_notice_to_the_user_in_every_part_and_no_word_of_theirs(ending):
    _, members, found = case(ending, Redaction.TEXT)
    given = found["notice"]
    assert [one["article"] for one in given["parts"]] == [f"17(3)({letter})" for letter in "abcef"]
    assert (given["language"], given["template"], given["corrected"]) == ("en", "en-2", "")
    assert found["notices_issued"] == []
    said = " ".join(one["text"] for one in given["parts"]).replace(ending.requested_at.date().isoformat(), "")
    assert not personal_data(said, (ending.branch.conversation.subject.pseudonym, ending.branch.conversation.external_id))
    assert "Judged afterwards under policy" in said
    assert "Article 21" in members["case.html"].decode()


def test_a_wrong_end_is_said_first_and_what_the_user_asked_for_owes_no_notice(ground):
    review = make.make_review(ReviewState.DECIDED)
    ending = review.unit.branch.ending
    assert notice(ending, None, as_of=timezone.now()).corrected == ""
    Settlement.objects.create(unit=review.unit, label=Label.objects.get(), wrongful=True)
    assert "not right" in notice(ending, None, as_of=timezone.now()).corrected
    assert notice(ending, None, as_of=ending.requested_at).corrected == ""
    ending.reason = "user_request"
    assert notice(ending, None, as_of=timezone.now()) is None


def test_the_notice_has_a_page_but_not_for_who_may_still_label_it_blind(ground, client_of):
    review, reviewer = make.make_review(), make.make_person("reviewer")
    url = f"/endings/{review.unit.branch.ending.public_id}/notice/"
    for path in (url, f"/api/v1{url}"):
        assert client_of(reviewer).get(path).status_code == 404
        assert "Article 21" in client_of(make.make_person("auditor")).get(path).content.decode()


def test_the_reading_is_recorded_before_the_bundle_is_there(ending):
    export, _, _ = case(ending, Redaction.NONE)
    opened = Opening.objects.get(branch=ending.branch)
    assert (opened.user, opened.purpose) == (export.requested_by, Purpose.LEGAL)
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    order = [one for one in actions if one in {"export.requested", "export.approved", "transcript.viewed", "export.produced"}]
    assert order == ["export.requested", "export.approved", "transcript.viewed", "export.produced"]


def test_an_opening_of_another_text_is_refused(ending):
    export, members, _ = case(ending, Redaction.NONE)
    line = json.loads(members["openings.ndjson"].splitlines()[0])

    def swap(held):
        held["openings.ndjson"] = json.dumps(line | {"plaintext": "AAAA"}).encode() + b"\n"

    found = verify_bundle.verify(repack(export.path.read_bytes(), swap), bundle.policy_text())
    assert found.code == 1
    assert found.lines[0].startswith("openings.ndjson: ")


def test_without_the_text_no_byte_is_opened(ending, monkeypatch):
    def never(*given):
        raise AssertionError("opened")

    monkeypatch.setattr(vault, "unseal", never)
    _, members, found = case(ending, Redaction.TEXT)
    assert found["transcript"]["state"] == "masked"
    assert [turn["role"] for turn in found["transcript"]["turns"]][:2] == ["user", "assistant"]
    assert {turn["text"] for turn in found["transcript"]["turns"]} == {None}
    assert "openings.ndjson" not in members
    assert b"alert(" not in b"".join(members[name] for name in ("case.html", "case.json"))
    assert not Opening.objects.exists()


def test_every_entry_about_it_is_proven(ending):
    _, members, found = case(ending, Redaction.TEXT)
    proven = {json.loads(line)["entry"]["action"] for line in members["entries.ndjson"].splitlines()}
    assert {"ending.received", "verdict.recorded", "appeal.filed", "export.requested"} <= proven
    assert found["trail"]


def test_what_was_erased_is_said_to_be(ending):
    vault.store().destroy(ending.branch.conversation.subject_id)
    _, members, found = case(ending, Redaction.NONE)
    assert found["transcript"]["state"] == "erased"
    assert found["appeals"][0]["text"] == "erased"
    assert "openings.ndjson" not in members


@pytest.mark.parametrize("subject", ["", "E-00000000"])
def test_no_such_ending(ending, subject):
    with pytest.raises(BadOrder, match="no such ending"):
        request_export(asked(ExportKind.CASE, ExportFormat.HTML, subject=subject), actor=make.make_person("compliance"))
