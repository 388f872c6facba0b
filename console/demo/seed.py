"""Fill an installation through the same doors as everybody: people, surfaces, policies, events, judgements, reviews, appeals.

Each step finds what an interrupted run left and goes on from there; a finished world is left alone. Nothing here writes a row that an action
could write, but for dates that lie in the past: when roles were granted, when the first policies came into force, when reviews were claimed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from console.demo.compliance import comply
from console.demo.compose import World, world
from console.demo.people import PASSWORD, SIGN_INS
from console.demo.policies import DRAFTED, POLICIES, PROPOSED, DemoPolicy
from console.demo.proposals import prepare
from console.demo.readers import curate, read, read_again, sit_together, truths
from console.demo.replies import REPLIES
from conversations.models import ConversationEnd, ReceivedEvent, Surface
from moderation import work
from moderation.actions import appeals, policies, publication
from moderation.actions.batches import accept_batch
from moderation.actions.certificates import weigh_promises
from moderation.actions.events import accept_event
from moderation.actions.exports import Asked, request_export
from moderation.actions.founding import first_plan, lay_ground
from moderation.actions.lineages import ask_for_lineages
from moderation.actions.people import create_person, grant_role
from moderation.actions.replies import write_reply
from moderation.actions.surfaces import add_surface_key, create_surface
from moderation.audit.events import service
from moderation.judge import Terms
from moderation.models import (
    Appeal,
    Export,
    ExportFormat,
    ExportKind,
    Kind,
    Label,
    Policy,
    ReplyTemplate,
    RoleGrant,
    RoleName,
    User,
)
from moderation.states import AppealState, PolicyState, Redaction

Advance = Callable[[int, int], None]

SETUP = service("demo")
BRINGING = ("conversation.ended", "conversation.continued")
BATCH = 50
ROLES_GRANTED_BEFORE = timedelta(days=70)
NAMES = {
    "/surfaces/web-chat": "Web chat",
    "/surfaces/mobile-chat": "Mobile chat",
    "/surfaces/workplace-assistant": "Workplace assistant",
}


def seed(advance: Advance) -> bool:
    """Make the demo world; returns False where it stands already."""
    if Appeal.objects.exclude(state=AppealState.FILED).exists() and Label.objects.exists():
        return False
    people = _people()
    first_plan(actor=SETUP)
    _policies(people, people["mara"].created_at)
    made = world(until=people["mara"].created_at)
    surfaces = {source: _surface(source, name) for source, name in NAMES.items()}
    total = len(made.events) + len(made.truth)
    _send(made, surfaces, lambda done: advance(done, total))
    _judge(lambda done: advance(len(made.events) + done, total))
    _link()
    _propose(people)
    _write_replies(people["ines"])
    known = truths(made)
    read(known, people)
    read_again(known, people)
    curate(known, people)
    sit_together(people)
    weigh_promises(POLICIES[-1].version, actor=SETUP)
    _export(people)
    comply(people)
    prepare(people, surfaces["/surfaces/web-chat"])
    _hear(people)  # the last: by this the next start knows that the world stands
    advance(total, total)
    return True


def seed_minimal() -> dict[str, str]:
    """Make the least a console needs to take and show one ending; returns how to send and how to sign in."""
    _people()
    lay_ground(actor=SETUP)
    source = "/surfaces/web-chat"
    key = add_surface_key(_surface(source, NAMES[source]), actor=SETUP)
    reviewer = SIGN_INS[0]
    return {
        "source": source,
        "api_key": key.api_key,
        "signing_secret": key.signing_secret,
        "email": reviewer.email,
        "password": PASSWORD,
    }


def _people() -> dict[str, User]:
    return {one.email.split("@")[0]: _person(one.email, one.name, RoleName(one.role)) for one in SIGN_INS}


@transaction.atomic
def _person(email: str, name: str, role: RoleName) -> User:
    """Make one person with a role granted long ago: who got a role within a day may not approve, and approving should be tried."""
    found = User.objects.filter(email=email).first()
    if found is not None:
        return found
    made = create_person(email=email, name=name, password=PASSWORD, actor=SETUP, is_demo=True, encoded=_encoded_password())
    grant = grant_role(made, role, actor=SETUP)
    RoleGrant.objects.filter(pk=grant.pk).update(granted_at=made.created_at - ROLES_GRANTED_BEFORE)
    return made


@cache
def _encoded_password() -> str:
    """Return the password of all of them as it is stored: it is no secret, so that a salt for each would guard nothing."""
    return make_password(PASSWORD)


def _surface(source: str, name: str) -> Surface:
    found = Surface.objects.filter(source=source).first()
    if found is not None:
        return found
    with transaction.atomic():
        made = create_surface(source=source, name=name, actor=SETUP)
        add_surface_key(made, actor=SETUP)
    return made


def _policies(people: Mapping[str, User], until: datetime) -> None:
    for policy in POLICIES:
        _policy(policy, people["teo"], people["ruth"], until - timedelta(days=policy.live_days_before))


def _drafted(demo: DemoPolicy, author: User) -> Policy:
    values: dict[str, Any] = dict(demo.terms)
    for name in ("eligible_models", "eligible_surfaces"):
        values[name] = frozenset(values[name])
    return policies.draft_policy(Terms(version=demo.version, **values), title=demo.title, why=demo.why, actor=author)


@transaction.atomic
def _propose(people: Mapping[str, User]) -> None:
    """Seal one proposal, which waits for a second person, and leave a draft beside it; neither touches what rules."""
    if Policy.objects.filter(version=PROPOSED.version).exists():
        return
    policies.seal_policy(_drafted(PROPOSED, people["teo"]).version, actor=people["teo"])
    _drafted(DRAFTED, people["ruth"])


@transaction.atomic
def _policy(demo: DemoPolicy, author: User, approver: User, since: datetime) -> None:
    """Take one version all the way, by two people, unless it went before."""
    if Policy.objects.filter(version=demo.version).exclude(state=PolicyState.DRAFT).exists():
        return
    drafted = _drafted(demo, author)
    policies.seal_policy(drafted.version, actor=author)
    policies.approve_policy(drafted.version, actor=approver)
    policies.schedule_policy(drafted.version, actor=approver)
    publication.publish_policy(drafted.version, actor=approver, since=since)


def _send(made: World, surfaces: Mapping[str, Surface], advance: Callable[[int], None]) -> None:
    """Send what brings a conversation in batches, a surface at a time, then what is about it one by one: the order is nobody's business."""
    taken = set(ReceivedEvent.objects.values_list("source", "event_id"))
    done = len(taken)
    new = [event for event in made.events if (event["source"], event["id"]) not in taken]
    for source, surface in surfaces.items():
        brought = [json.dumps(event).encode() for event in new if event["source"] == source and event["type"] in BRINGING]
        for start in range(0, len(brought), BATCH):
            results = accept_batch(brought[start : start + BATCH], surface, auth="demo")
            if refused := [one.detail for one in results if one.status != "accepted"]:
                raise ValueError(f"an event of the demo world was refused: {refused[0]}")
            done += len(results)
            advance(done)
    for number, event in enumerate((event for event in new if event["type"] not in BRINGING), 1):
        accept_event(json.dumps(event).encode(), surfaces[event["source"]], auth="demo")
        advance(done + number)


def _judge(advance: Callable[[int], None]) -> None:
    done = 0
    while taken := work.run():
        done += taken
        advance(done)


def _link() -> None:
    """Link endings to what followed, as each night does."""
    ask_for_lineages(actor=SETUP)
    while work.run([Kind.LINEAGE]):
        pass


def _export(people: Mapping[str, User]) -> None:
    """Ask for some bundles; the workers build them as soon as the log has been signed. One waits for another person."""
    if Export.objects.exists():
        return
    ending = ConversationEnd.objects.order_by("-requested_at").values_list("public_id", flat=True)[0]
    for asked in (
        Asked(ExportKind.AUDIT, ExportFormat.NDJSON),
        Asked(ExportKind.ENDINGS, ExportFormat.CSV, recipient="research"),
        Asked(ExportKind.DECISIONS, ExportFormat.PARQUET, recipient="research"),
        Asked(ExportKind.CASE, ExportFormat.HTML, Redaction.NONE, subject=ending),
    ):
        request_export(asked, actor=people["amal"])


def _write_replies(senior: User) -> None:
    """Write the texts that appeals and feedback are answered with."""
    for name, text in REPLIES.items():
        if not ReplyTemplate.objects.filter(name=name).exists():
            write_reply(name, text, actor=senior)


def _hear(people: Mapping[str, User]) -> None:
    """Let seniors who had nothing to do with the endings decide some appeals and hold one; the others wait."""
    waiting = list(Appeal.objects.filter(state=AppealState.FILED, branch__ending__isnull=False).order_by("due_at", "id")[:6])
    for number, appeal in enumerate(waiting):
        senior = _independent(appeal, [people[name] for name in ("ines", "oskar", "priya")])
        if senior is not None and number < len(waiting) - 1:
            wrong = appeal.branch.ending.standing.outcome not in {"justified", "unclear"}  # type: ignore[union-attr]  # filtered above
            appeals.decide_appeal(appeal.pk, granted=wrong, actor=senior)


def _independent(appeal: Appeal, seniors: Sequence[User]) -> User | None:
    """Let the first take the appeal who neither labelled its ending nor decided on it."""
    for senior in seniors:
        with suppress(appeals.NotIndependent):
            appeals.take_appeal(appeal.pk, actor=senior)
            return senior
    return None
