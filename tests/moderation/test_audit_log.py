"""Recording: what enters the log, in which form, and what does not."""

import hashlib
import hmac
import json
import time
from datetime import datetime
from uuid import UUID

import pytest
import rfc8785
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from moderation.audit import entries, keys, log, merkle
from moderation.audit.events import NIL, Actor, Event, Target
from moderation.models.audit import AuditEntry
from moderation.states import Answer
from tests.moderation.logs import act

TARGET = Target("review", "R-7Q4M2F9C", UUID(int=7))
ACTOR = Actor("user", "3f0c", "session")


def stored(recorded):
    return AuditEntry.objects.get(pk=recorded.id)


class TestRecord:
    def test_the_body_is_canonical_json_under_its_leaf_hash(self, own_log):
        before, after = b"\x01" * 32, b"\x02" * 32
        recorded = log.record(
            Event.REVIEW_DECIDED,
            TARGET,
            actor=ACTOR,
            reason="dispute",
            before=before,
            after=after,
            policy_rev=3,
            classifier={"name": "rules", "version": "1", "threshold": "8800"},
            request_id="req-1",
            answer=Answer.NO_CRISIS,
            seconds=41,
        )
        entry = stored(recorded)
        said = json.loads(bytes(entry.body))
        assert rfc8785.dumps(said) == bytes(entry.body)
        assert merkle.leaf_hash(bytes(entry.body)) == recorded.leaf_hash == bytes(entry.leaf_hash)
        assert datetime.fromisoformat(said.pop("ts")).utcoffset().total_seconds() == 0
        assert len(bytes.fromhex(said.pop("nonce"))) == 16
        assert said == {
            "v": 1,
            "id": str(recorded.id),
            "actor": {"type": "user", "id": "3f0c", "auth": "session"},
            "action": "review.decided",
            "target": {"type": "review", "id": "R-7Q4M2F9C"},
            "tenant": str(TARGET.tenant),
            "request_id": "req-1",
            "reason": "dispute",
            "before": before.hex(),
            "after": after.hex(),
            "policy_rev": 3,
            "classifier": {"name": "rules", "version": "1", "threshold": "8800"},
            "codes": {"answer": "no_crisis", "seconds": 41},
        }

    def test_pages_filter_by_columns_that_come_from_the_body(self, own_log):
        entry = stored(log.record(Event.REVIEW_CLAIMED, TARGET, actor=ACTOR))
        assert (entry.action, entry.actor_type, entry.actor_id) == ("review.claimed", "user", "3f0c")
        assert (entry.target_type, entry.target_id, entry.tenant) == ("review", "R-7Q4M2F9C", TARGET.tenant)
        assert entry.entry["action"] == entry.action
        asked = AuditEntry.objects.naming(Event.REVIEW_CLAIMED).about("review", "R-7Q4M2F9C").by("3f0c").of_tenant(TARGET.tenant)
        assert list(asked.newest()) == [entry]

    def test_the_same_act_twice_gives_two_unlike_leaves(self, own_log):
        assert act().leaf_hash != act().leaf_hash

    def test_a_code_may_share_its_name_with_a_parameter(self, own_log):
        recorded = log.record(Event.ENDING_RECEIVED, TARGET, actor=ACTOR, event="N-1", event_sha256="ab" * 32)
        assert stored(recorded).entry["codes"]["event"] == "N-1"

    def test_many_entries_keep_their_order(self, own_log):
        recorded = log.record_many(log.Entry(Event.REVIEW_CLAIMED, TARGET, ACTOR, {"n": n}) for n in range(50))
        assert [entry.entry["codes"]["n"] for entry in AuditEntry.objects.pending()] == list(range(50))
        assert [entry.id for entry in AuditEntry.objects.pending()] == [one.id for one in recorded]

    @pytest.mark.django_db(transaction=True)
    def test_refuses_to_run_outside_a_transaction(self):
        with pytest.raises(log.OutsideTransaction):
            log.record(Event.REVIEW_CLAIMED, TARGET, actor=ACTOR)

    def test_an_act_that_rolls_back_leaves_no_entry(self, own_log):
        with transaction.atomic():
            recorded = log.record(Event.REVIEW_CLAIMED, TARGET, actor=ACTOR)
            transaction.set_rollback(True)
        assert not AuditEntry.objects.filter(pk=recorded.id).exists()

    def test_missing_context_is_a_type_error(self, own_log):
        with pytest.raises(TypeError, match="answer"):
            log.record(Event.REVIEW_DECIDED, TARGET, actor=ACTOR)

    def test_the_vocabulary_is_closed(self, own_log):
        with pytest.raises(TypeError, match="vocabulary"):
            log.record("review.claimed", TARGET, actor=ACTOR)

    @pytest.mark.parametrize("value", ["free text", "a@b.example", "line\nbreak", 'quo"te', "back\\slash", "é", "\x00", "x" * 201, "٣"])
    def test_no_free_text_enters(self, own_log, value):
        for facts in ({"note": value}, {"reason": value}, {"request_id": value}, {"classifier": {"name": value}}):
            with pytest.raises(ValueError, match="no code"):
                log.record(Event.REVIEW_CLAIMED, TARGET, actor=ACTOR, **facts)
        for actor, target in ((Actor("user", value, "s"), TARGET), (ACTOR, Target("review", value)), (ACTOR, Target(value, "R-1"))):
            with pytest.raises(ValueError, match="no code"):
                log.record(Event.REVIEW_CLAIMED, target, actor=actor)

    @pytest.mark.parametrize("value", [1.5, True, None, b"bytes", ["list"], {"a": "b"}])
    def test_codes_are_strings_and_integers_only(self, own_log, value):
        with pytest.raises(TypeError):
            log.record(Event.REVIEW_CLAIMED, TARGET, actor=ACTOR, note=value)

    def test_integers_stay_within_what_json_can_hold(self, own_log):
        with pytest.raises(ValueError, match="beyond"):
            log.record(Event.REVIEW_CLAIMED, TARGET, actor=ACTOR, n=2**53)

    @pytest.mark.parametrize("value", [b"", b"short", b"x" * 33, "ab" * 16])
    def test_states_enter_as_commitments_only(self, own_log, value):
        with pytest.raises(ValueError, match="commitment"):
            log.record(Event.REVIEW_CLAIMED, TARGET, actor=ACTOR, before=value)

    def test_an_empty_id_names_nobody(self, own_log):
        with pytest.raises(ValueError, match="empty"):
            log.record(Event.REVIEW_CLAIMED, TARGET, actor=Actor("user", "", "session"))

    def test_the_request_being_served_is_noted_unless_told_otherwise(self, own_log):
        token = log.current_request.set("req-9")
        try:
            noted, told = act(), act(request_id="req-1")
        finally:
            log.current_request.reset(token)
        assert [stored(one).entry.get("request_id") for one in (noted, told, act())] == ["req-9", "req-1", None]


class TestIds:
    def test_ids_are_version_7_and_carry_the_time(self):
        now, fresh = time.time(), entries.uuid7()
        assert (fresh.version, fresh.variant) == (7, "specified in RFC 4122")
        assert abs((fresh.int >> 80) / 1000 - now) < 5

    def test_ids_only_grow_within_a_process(self):
        fresh = [entries.uuid7() for _ in range(5000)]
        assert fresh == sorted(fresh)
        assert len(set(fresh)) == 5000

    def test_ids_do_not_go_back_with_the_clock(self, monkeypatch):
        clock = entries.Clock()
        monkeypatch.setattr(time, "time_ns", iter([2_000_000_000, 1_000_000_000]).__next__)
        assert clock.uuid7() < clock.uuid7()


def test_a_commitment_is_an_hmac_under_a_long_salt():
    assert log.commitment(b"s" * 32, b"text") == hmac.new(b"s" * 32, b"text", hashlib.sha256).digest()
    with pytest.raises(ValueError, match="salt"):
        log.commitment(b"short", b"text")


def test_opening_the_log_records_origin_and_key_once(own_log):
    log.open_log()
    log.open_log()
    opened, added = AuditEntry.objects.pending()
    assert (opened.action, opened.entry["codes"]) == ("log.opened", {"origin": "recourse.test/log"})
    assert (added.action, added.entry["codes"]) == ("log.key_added", {"vkey": keys.log_verifier().vkey})
    assert opened.tenant == NIL


said = st.recursive(
    st.text() | st.integers(-(2**53) + 1, 2**53 - 1), lambda inner: st.dictionaries(st.text(st.characters(max_codepoint=126)), inner)
)


@given(st.dictionaries(st.sampled_from(["v", "id", "actor", "codes", "Z", "a.b", "_"]), said))
def test_the_quick_canonical_form_is_that_of_the_standard(value):
    try:
        expected = rfc8785.dumps(value)
    except rfc8785.CanonicalizationError:  # a lone surrogate
        with pytest.raises(UnicodeEncodeError):
            entries.canonical(value)
    else:
        assert entries.canonical(value) == expected
