"""OCSF: every event of ours has a class, a real model validates what the library knows, and nothing is said twice."""

import pytest
from py_ocsf_models.events.base_event import BaseEvent
from py_ocsf_models.events.findings.detection_finding import DetectionFinding

from moderation.audit.events import Event
from moderation.exports.ocsf import API, AUTHENTICATION, DATASTORE, DETECTION, HIGH, INFORMATIONAL, MEDIUM, event_of, meaning_of
from moderation.exports.syslog import line
from moderation.models import AuditEntry, ExportFormat, ExportKind
from tests import make
from tests.moderation.test_exports import built, rows_of, sequence_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]
REQUIRED = {"activity_id", "category_uid", "class_uid", "type_uid", "time", "severity_id", "metadata"}


@pytest.fixture
def events(ground):
    event = make.ended()
    make.send(event)
    make.send(make.about("message.accepted", event))
    make.judge_all()
    make.make_review()
    sequence_all()
    return rows_of(built(ExportKind.OCSF)[1])


def test_each_holds_what_is_required_and_its_type_follows(events):
    assert events
    for one in events:
        assert one.keys() >= REQUIRED
        assert one["type_uid"] == one["class_uid"] * 100 + one["activity_id"]
        assert one["category_uid"] == one["class_uid"] // 1000
        assert one["metadata"]["version"] == "1.6.0"
        BaseEvent.model_validate({name: value for name, value in one.items() if name != "status_id"})


def test_endings_name_the_model_that_ended(events):
    found = next(one for one in events if one["message"] == "ending.received")
    assert found["metadata"]["profiles"] == ["ai_operation"]
    assert found["ai_model"]["name"] == "claude-opus-4-1"


def test_the_order_of_the_log_stays(events):
    assert [one["metadata"]["sequence"] for one in events] == list(range(len(events)))


@pytest.mark.parametrize(
    ("event", "class_uid", "activity", "severity"),
    [
        (Event.LOGIN_FAILED, AUTHENTICATION, 1, MEDIUM),
        (Event.LOGOUT, AUTHENTICATION, 2, INFORMATIONAL),
        (Event.TRANSCRIPT_VIEWED, DATASTORE, 1, INFORMATIONAL),
        (Event.TRANSCRIPTS_SEARCHED, DATASTORE, 4, INFORMATIONAL),
        (Event.SUBJECT_ERASED, DATASTORE, 7, INFORMATIONAL),
        (Event.RETENTION_APPLIED, DATASTORE, 7, INFORMATIONAL),
        (Event.METADATA_UNLINKED, DATASTORE, 7, INFORMATIONAL),
        (Event.UNJOINED_UNLINKED, DATASTORE, 7, INFORMATIONAL),
        (Event.LOCK_BROKEN, DETECTION, 1, HIGH),
        (Event.GLASS_BROKEN, DETECTION, 1, HIGH),
        (Event.READING_UNUSUAL, DETECTION, 1, HIGH),
        (Event.READING_EXAMINED, DETECTION, 3, INFORMATIONAL),
        (Event.HOLD_OVERDUE, DETECTION, 1, MEDIUM),
        (Event.WORK_DIED, DETECTION, 1, MEDIUM),
        (Event.POLICY_PUBLISHED, API, 3, INFORMATIONAL),
        (Event.EXPORT_REQUESTED, API, 1, INFORMATIONAL),
        (Event.ROLE_REVOKED, API, 4, INFORMATIONAL),
    ],
)
def test_what_an_event_is_to_a_siem(event, class_uid, activity, severity):
    found = meaning_of(event.value)
    assert (found.class_uid, found.activity_id, found.severity_id) == (class_uid, activity, severity)


def test_every_event_and_a_retired_one_has_a_meaning():
    assert {meaning_of(event.value).class_uid for event in Event} == {AUTHENTICATION, DATASTORE, DETECTION, API}
    assert meaning_of("gone.retired").class_uid == API


def test_an_alarm_is_a_finding_that_the_library_takes(events):
    entry = AuditEntry.objects.filter(action="lock.broken").first()
    assert entry is not None
    one = event_of(entry)
    assert one["severity_id"] == 4
    extra = {"finding_info": one["finding_info"] | {"created_time": one["time"] // 1000}}
    DetectionFinding.model_validate(one | extra | {"status_id": 1})


def test_the_same_as_syslog_says_the_same(events):
    members = built(ExportKind.OCSF, ExportFormat.SYSLOG)[1]
    lines = members["data.syslog"].decode().splitlines()
    assert len(lines) >= len(events)
    for one, said in zip(events, lines, strict=False):
        head, _, element = said.partition("[")
        assert head.split()[1:] == [head.split()[1], one["metadata"]["log_name"].partition("/")[0], "recourse", "-", one["message"]]
        assert f'index="{one["metadata"]["sequence"]}"' in element
        assert f'leaf_hash="{one["unmapped"]["leaf_hash"]}"' in element


def test_nothing_in_a_value_ends_it_its_element_or_its_line(events):
    hostile = '"] x\\\n<0>1\u2028'
    one = events[0] | {"unmapped": events[0]["unmapped"] | {"codes": {"k" * 40: hostile, "n": 7}}}
    said = line(one)
    assert said.count(b"\n") == 1
    assert said.endswith((f'c_{"k" * 30}="' + '\\"\\] x\\\\\ufffd<0>1\ufffd" c_n="7"]\n').encode())
    assert said.startswith(b"<110>1 2")
