"""Tell surfaces: set where they listen, queue a message, deliver it, send it again.

A delivery is queued in the transaction of what it tells, so that nothing is told that was rolled back and nothing that happened is
kept quiet. A worker tries ten times over three days; each try is a row. An endpoint that has failed for five days, or that answers
410, is closed, and its surface's page says so.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations import vault
from conversations.models import Branch, Surface
from moderation import leases, tasks, webhooks, work
from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.log import record
from moderation.leases import Leased
from moderation.models import Delivery, DeliveryTry, Kind, WebhookEndpoint, WebhookEvent
from moderation.models.webhooks import endpoint_id
from moderation.states import DeliveryState

SECRET_PREFIX = "whsec_"  # noqa: S105  # the prefix every Standard Webhooks secret has
OVERLAP = timedelta(hours=24)
"""How long the old secret still signs beside the new one."""
CLOSED_AFTER = timedelta(days=5)
WAITS = [timedelta(0), *(timedelta(seconds=s) for s in (5, 300, 1_800)), *(timedelta(hours=h) for h in (2, 5, 10, 14, 20, 24))]
"""Before each of ten tries; the times that Standard Webhooks suggests."""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An endpoint with its secret, which is shown once."""

    endpoint: WebhookEndpoint
    signing_secret: str


def rules() -> webhooks.Rules:
    """Return where messages may go, from the settings."""
    return webhooks.Rules(hosts=frozenset(settings.WEBHOOK_HOSTS), private=settings.WEBHOOK_PRIVATE)


def _target(endpoint: WebhookEndpoint) -> Target:
    return Target("endpoint", endpoint.public_id, endpoint.surface_id)


def _of(delivery: Delivery) -> Target:
    return Target("delivery", delivery.public_id, delivery.surface_id)


@transaction.atomic
def set_endpoint(surface: Surface, url: str, *, actor: Actor) -> NewSecret:
    """Let a surface listen at an address, instead of the one it had; raises webhooks.Forbidden."""
    webhooks.check_url(url, rules())
    Surface.objects.select_for_update().get(pk=surface.pk)
    for old in WebhookEndpoint.objects.open().filter(surface=surface):
        _close(old, actor=actor, failed=False)
    public_id, secret = endpoint_id(), secrets.token_bytes(32)
    endpoint = WebhookEndpoint(public_id=public_id, surface=surface, url=url)
    endpoint.sealed_secret = vault.seal_own(secret, endpoint.place)
    endpoint.save()
    record(Event.ENDPOINT_SET, _target(endpoint), actor=actor)
    return NewSecret(endpoint, _shown(secret))


@transaction.atomic
def rotate_secret(endpoint: WebhookEndpoint, *, actor: Actor) -> NewSecret:
    """Give an open endpoint a new secret; for a day messages carry a signature by each."""
    endpoint = WebhookEndpoint.objects.open().select_for_update().get(pk=endpoint.pk)
    secret = secrets.token_bytes(32)
    endpoint.sealed_old_secret, endpoint.old_secret_until = endpoint.sealed_secret, timezone.now() + OVERLAP
    endpoint.sealed_secret = vault.seal_own(secret, endpoint.place)
    endpoint.save(update_fields=["sealed_secret", "sealed_old_secret", "old_secret_until"])
    record(Event.ENDPOINT_ROTATED, _target(endpoint), actor=actor)
    return NewSecret(endpoint, _shown(secret))


def _shown(secret: bytes) -> str:
    return SECRET_PREFIX + base64.b64encode(secret).decode()


@transaction.atomic
def close_endpoint(endpoint: WebhookEndpoint, *, actor: Actor) -> None:
    """Tell a surface nothing any more."""
    found = WebhookEndpoint.objects.open().select_for_update().filter(pk=endpoint.pk).first()
    if found is not None:
        _close(found, actor=actor, failed=False)


def _close(endpoint: WebhookEndpoint, *, actor: Actor, failed: bool) -> None:
    endpoint.closed_at, endpoint.closed_by_failure = timezone.now(), failed
    endpoint.save(update_fields=["closed_at", "closed_by_failure"])
    record(Event.ENDPOINT_CLOSED, _target(endpoint), actor=actor, reason="failing" if failed else "asked")


def tell(event: WebhookEvent, surface_id: UUID, *, about: str, data: Mapping[str, object]) -> Delivery | None:
    """Queue a message inside the caller's transaction; None where the surface listens nowhere.

    Args:
        event: what is told.
        surface_id: whom.
        about: public id of what it is about.
        data: ids, codes and numbers, and the text of a reply template; never what a user or a reviewer wrote.
    """
    endpoint = WebhookEndpoint.objects.open().filter(surface_id=surface_id).first()
    if endpoint is None:
        return None
    now = timezone.now()
    message = {"type": event.value, "timestamp": now.isoformat(), "data": dict(data)}
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    assert len(body) < webhooks.MOST_BYTES  # ids and codes are short
    delivery = Delivery.objects.create(endpoint=endpoint, surface_id=surface_id, event=event, about=about, body=body, next_try_at=now)
    record(Event.DELIVERY_QUEUED, _of(delivery), actor=service("webhooks"), event=event.value)
    _schedule(delivery)
    return delivery


def where(branch: Branch) -> dict[str, str]:
    """Return the surface's own names of a branch, for the data of a message."""
    return {"conversation": branch.conversation.external_id, "branch": branch.external_id}


def _schedule(delivery: Delivery) -> None:
    version = f"{delivery.log.count() + 1}"
    work.add(Kind.DELIVER, delivery.id, version=version, tenant=delivery.surface_id, due=delivery.next_try_at)
    tasks.wake.delay_on_commit(Kind.DELIVER.value)


@work.handles(Kind.DELIVER, at_once=4)
def deliver(item: Leased) -> None:
    """Try once, outside any transaction, then keep what came of it; a second try of one that was cut off carries the same id."""
    delivery = Delivery.objects.select_related("endpoint").get(pk=item.subject)
    now = timezone.now()
    answer = webhooks.post(
        delivery.endpoint.url,
        bytes(delivery.body),
        message_id=delivery.message_id,
        timestamp=int(now.timestamp()),
        secrets=delivery.endpoint.secrets(),
        rules=rules(),
    )
    _keep(item, answer)


@transaction.atomic
def _keep(item: Leased, answer: webhooks.Answer) -> None:
    delivery = Delivery.objects.select_for_update().get(pk=item.subject)
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=delivery.endpoint_id)
    number = delivery.log.count() + 1
    DeliveryTry.objects.create(
        delivery=delivery, number=number, status=answer.status, problem=answer.problem, milliseconds=answer.milliseconds
    )
    delivery.tries += 1
    _note_health(endpoint, answer)
    if answer.delivered:
        _settle(delivery, DeliveryState.DELIVERED, Event.DELIVERY_MADE, tries=number)
    elif delivery.tries >= len(WAITS) or endpoint.closed_at is not None:
        _settle(delivery, DeliveryState.FAILED, Event.DELIVERY_FAILED, tries=number)
    else:
        delivery.next_try_at = timezone.now() + WAITS[delivery.tries]
        _schedule(delivery)
    delivery.save(update_fields=["state", "tries", "next_try_at", "settled_at"])
    leases.finish(item)


def _settle(delivery: Delivery, state: DeliveryState, event: Event, *, tries: int) -> None:
    delivery.move_to(state)
    delivery.next_try_at, delivery.settled_at = None, timezone.now()
    record(event, _of(delivery), actor=service("webhooks"), tries=tries)


def _note_health(endpoint: WebhookEndpoint, answer: webhooks.Answer) -> None:
    """Remember since when an endpoint fails, and close one that is gone or has failed too long."""
    now = timezone.now()
    since = None if answer.delivered else endpoint.failing_since or now
    if since != endpoint.failing_since:
        endpoint.failing_since = since
        endpoint.save(update_fields=["failing_since"])
    lost = answer.gone or (since is not None and now - since > CLOSED_AFTER)
    if lost and endpoint.closed_at is None:
        _close(endpoint, actor=service("webhooks"), failed=True)


@transaction.atomic
def send_again(delivery: Delivery, *, actor: Actor) -> Delivery:
    """Send a settled message once more, to where its surface listens now; raises IllegalMove, or NoEndpoint."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    delivery.move_to(DeliveryState.WAITING)
    endpoint = WebhookEndpoint.objects.open().filter(surface_id=delivery.surface_id).first()
    if endpoint is None:
        raise NoEndpoint(delivery.public_id)
    delivery.endpoint, delivery.tries, delivery.next_try_at, delivery.settled_at = endpoint, 0, timezone.now(), None
    delivery.save(update_fields=["state", "endpoint", "tries", "next_try_at", "settled_at"])
    record(Event.DELIVERY_REPEATED, _of(delivery), actor=actor)
    _schedule(delivery)
    return delivery


class NoEndpoint(Exception):
    """The surface listens nowhere."""


@transaction.atomic
def try_endpoint(endpoint: WebhookEndpoint, *, actor: Actor) -> Delivery:
    """Send a message that means nothing, so that an operator can see whether any arrives; raises NoEndpoint."""
    delivery = tell(WebhookEvent.ENDPOINT_TESTED, endpoint.surface_id, about=endpoint.public_id, data={"endpoint": endpoint.public_id})
    if delivery is None:
        raise NoEndpoint(endpoint.public_id)
    record(Event.ENDPOINT_TESTED, _target(endpoint), actor=actor, delivery=delivery.public_id)
    return delivery
