"""The audit log as OCSF events for security monitoring, by a table of what each of our events is to a SIEM.

Sign-ins are Authentication, reading and erasing what was said is Datastore Activity, alarms are Detection Findings, all else is API
Activity. Endings carry the profile `ai_operation` with the model that ended. Nothing is in an event that is not in the log, but the model's
name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conversations.models import ConversationEnd
from moderation.audit.events import Event
from moderation.audit.origins import newest
from moderation.exports.bundle import EXPORTER
from moderation.exports.log import spine
from moderation.exports.objects import Objects
from moderation.exports.orders import Order
from moderation.models import AuditEntry

VERSION = "1.6.0"
INFORMATIONAL, MEDIUM, HIGH = 1, 3, 4
SUCCESS, FAILURE = 1, 2


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an event of ours is in OCSF: its class, the activity, how severe, and whether it succeeded."""

    class_uid: int
    activity_id: int
    severity_id: int = INFORMATIONAL
    status_id: int = SUCCESS

    @property
    def category_uid(self) -> int:
        """The category: the thousands of the class."""
        return self.class_uid // 1000


AUTHENTICATION, DATASTORE, API, DETECTION = 3002, 6005, 6003, 2004
CREATE, READ, UPDATE, DELETE, OTHER = 1, 2, 3, 4, 99  # of API Activity

MEANINGS: Mapping[Event, Meaning] = {
    Event.LOGIN_SUCCEEDED: Meaning(AUTHENTICATION, 1),
    Event.LOGIN_FAILED: Meaning(AUTHENTICATION, 1, MEDIUM, FAILURE),
    Event.LOGOUT: Meaning(AUTHENTICATION, 2),
    Event.TRANSCRIPT_VIEWED: Meaning(DATASTORE, 1),
    Event.EVENT_VIEWED: Meaning(DATASTORE, 1),
    Event.TRANSCRIPTS_SEARCHED: Meaning(DATASTORE, 4),
    Event.TRANSCRIPT_SHREDDED: Meaning(DATASTORE, 7),
    Event.SUBJECT_ERASED: Meaning(DATASTORE, 7),
    Event.RETENTION_APPLIED: Meaning(DATASTORE, 7),
    Event.METADATA_UNLINKED: Meaning(DATASTORE, 7),
    Event.UNJOINED_UNLINKED: Meaning(DATASTORE, 7),
    Event.GLASS_BROKEN: Meaning(DETECTION, 1, HIGH),
    Event.READING_UNUSUAL: Meaning(DETECTION, 1, HIGH),
    Event.READING_EXAMINED: Meaning(DETECTION, 3),
    Event.HOLD_OVERDUE: Meaning(DETECTION, 1, MEDIUM),
    Event.WORK_DIED: Meaning(DETECTION, 1, MEDIUM),
    Event.LOCK_BROKEN: Meaning(DETECTION, 1, HIGH),
    Event.LOCK_ACKNOWLEDGED: Meaning(DETECTION, 3),
    Event.WITNESS_REFUSED: Meaning(DETECTION, 1, HIGH),
    Event.LOG_VERIFICATION_FAILED: Meaning(DETECTION, 1, HIGH),
    Event.POLICY_TRIPPED: Meaning(DETECTION, 1, HIGH),
    Event.JUDGE_SUSPENDED: Meaning(DETECTION, 1, MEDIUM),
    Event.EVENT_CONFLICTED: Meaning(DETECTION, 1, MEDIUM),
}
BY_VERB: Mapping[str, int] = {
    **dict.fromkeys(("created", "added", "opened", "received", "requested", "drafted", "filed", "granted", "placed", "recorded"), CREATE),
    **dict.fromkeys(("downloaded", "verified", "revealed", "tested"), READ),
    **dict.fromkeys(("revoked", "discarded", "deleted", "expired", "withdrawn", "retired", "erased"), DELETE),
    **dict.fromkeys(("claimed", "decided", "moved", "set", "edited", "approved", "published", "sealed", "submitted", "amended"), UPDATE),
}


def meaning_of(action: str) -> Meaning:
    """Return what an entry of this action is in OCSF; names that have left the vocabulary are told by their verb as well."""
    known = MEANINGS.get(Event(action)) if action in {event.value for event in Event} else None
    return known or Meaning(API, BY_VERB.get(action.rpartition(".")[2], OTHER))


def event_of(entry: AuditEntry, model: tuple[str, str] | None = None) -> dict[str, Any]:
    """Return an entry as an OCSF event; `model` is the name and version of the model whose ending it is about."""
    said, meaning = entry.entry, meaning_of(entry.action)
    moment = datetime.fromisoformat(said["ts"])
    metadata: dict[str, Any] = {
        "version": VERSION,
        "uid": said["id"],
        "sequence": entry.index,
        "log_name": (entry.log or newest()).name,
        "product": {"name": "Recourse", "vendor_name": "Recourse", "version": EXPORTER.rpartition(" ")[2]},
    }
    found: dict[str, Any] = {
        "activity_id": meaning.activity_id,
        "category_uid": meaning.category_uid,
        "class_uid": meaning.class_uid,
        "type_uid": meaning.class_uid * 100 + meaning.activity_id,
        "severity_id": meaning.severity_id,
        "status_id": meaning.status_id,
        "time": int(moment.timestamp() * 1000),
        "message": entry.action,
        "metadata": metadata,
        "actor": _actor(said["actor"]),
        "unmapped": {
            "target": said["target"],
            "tenant": said["tenant"],
            "codes": said.get("codes", {}),
            "leaf_hash": bytes(entry.leaf_hash).hex(),
        },
        **_of_class(entry, said, meaning),
    }
    if model:
        metadata["profiles"] = ["ai_operation"]
        found["ai_model"] = {"name": model[0], "version": model[1], "ai_provider": "unknown"}
    return found


def _actor(actor: Mapping[str, str]) -> dict[str, Any]:
    return {"user": {"uid": actor["id"], "type": actor["type"]}} if actor["type"] == "user" else {"app_name": actor["id"]}


def _of_class(entry: AuditEntry, said: Mapping[str, Any], meaning: Meaning) -> dict[str, Any]:
    """Return what only this class has."""
    target = said["target"]
    if meaning.class_uid == AUTHENTICATION:
        return {"user": {"uid": said["actor"]["id"]}, "auth_protocol": said["actor"]["auth"]}
    if meaning.class_uid == DATASTORE:
        return {"database": {"name": target["type"], "uid": target["id"], "type_id": 99}, "type_id": 1, "src_endpoint": _here(said)}
    if meaning.class_uid == DETECTION:
        return {"finding_info": {"uid": said["id"], "title": entry.action, "types": [target["type"]]}}
    resource = {"type": target["type"], "uid": target["id"]}
    return {
        "api": {"operation": entry.action, "request": {"uid": said.get("request_id", "")}},
        "resources": [resource],
        "src_endpoint": _here(said),
    }


def _here(said: Mapping[str, Any]) -> dict[str, str]:
    return {"svc_name": "recourse", "uid": str(said.get("request_id", ""))}


def events(order: Order) -> Objects:
    """Return the entries of an order as OCSF events."""
    return Objects(spine(order), (), _made)


def _made(indexes: Sequence[int]) -> Iterator[dict[str, Any]]:
    entries = list(AuditEntry.objects.filter(leaf_index__in=list(indexes)).order_by("leaf_index"))
    ids = {entry.target_id for entry in entries if entry.target_type == "ending"}
    path = "branch__conversation__model_"
    rows = ConversationEnd.objects.filter(public_id__in=ids).values_list("public_id", f"{path}name", f"{path}version")
    models = {public_id: (name, version) for public_id, name, version in rows if name}
    for entry in entries:
        yield event_of(entry, models.get(entry.target_id) if entry.target_type == "ending" else None)
