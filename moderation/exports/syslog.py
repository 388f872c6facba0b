"""Pure: an OCSF event of ours as a line of syslog (RFC 5424), for collectors that take nothing else.

Everything stands in one structured-data element; there is no free text. A line is a message: characters that would end it are replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

FACILITY = 13  # log audit
SEVERITIES = {1: 6, 3: 4, 4: 2}
"""Informational, warning and critical for OCSF's informational, medium and high."""

ELEMENT = "recourse@32473"
"""32473 is the number that IANA keeps for examples: whoever has one of their own maps it at the collector."""

ESCAPES = {ord(sign): f"\\{sign}" for sign in '"\\]'}
LINE_ENDS = dict.fromkeys([*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029], "\ufffd")
NAME = 32
"""The most characters that a name may have."""


def line(event: Mapping[str, Any]) -> bytes:
    """Return an event as one line."""
    moment = datetime.fromtimestamp(event["time"] / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    priority = FACILITY * 8 + SEVERITIES[event["severity_id"]]
    host = event["metadata"]["log_name"].partition("/")[0][:255] or "-"
    said = "".join(f' {name}="{_escaped(value)}"' for name, value in _parameters(event))
    return f"<{priority}>1 {moment} {host} recourse - {event['message'][:NAME]} [{ELEMENT}{said}]\n".encode()


def _parameters(event: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield name and value of what is said; further codes have a prefix of their own, so that none hides another."""
    metadata, actor, more = event["metadata"], event["actor"], event["unmapped"]
    yield "id", metadata["uid"]
    yield "index", metadata["sequence"]
    yield "actor_type", actor["user"]["type"] if "user" in actor else "service"
    yield "actor", actor["user"]["uid"] if "user" in actor else actor["app_name"]
    yield "target_type", more["target"]["type"]
    yield "target", more["target"]["id"]
    yield "tenant", more["tenant"]
    yield "class", event["class_uid"]
    yield "status", event["status_id"]
    yield "leaf_hash", more["leaf_hash"]
    for name, value in more["codes"].items():
        yield f"c_{name}"[:NAME], value


def _escaped(value: object) -> str:
    return str(value).translate(LINE_ENDS).translate(ESCAPES)
