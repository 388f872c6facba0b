"""How often a key may knock."""

import json
import time
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from console.api.signatures import sign
from conversations.models import KeyMinute, Quarantined, ReceivedEvent
from conversations.rates import seconds_to_wait
from tests import make
from tests.console.test_signatures import secret_of

pytestmark = pytest.mark.django_db
FAR = "2999-01-01T00:00:00Z"


@pytest.fixture
def key(ground):
    return make.make_key()


def post(key, body):
    raw, now, message = json.dumps(body).encode(), int(time.time()), uuid4().hex
    headers = {
        "Authorization": f"Bearer {key.api_key}",
        "webhook-id": message,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret_of(key), message, now, raw),
    }
    return Client().post("/api/v1/events", raw, content_type="application/cloudevents+json", headers=headers)


def test_beyond_its_rate_a_key_is_asked_to_wait_and_nothing_is_stored(key, settings):
    settings.EVENT_RATE_PER_MINUTE = 1
    assert post(key, make.ended()).status_code == 202
    KeyMinute.objects.update(minute=FAR)
    late = post(key, {})
    assert (late.status_code, late.json()["type"]) == (429, "urn:recourse:problem:too-many")
    assert 1 <= int(late["Retry-After"]) <= 60
    assert ReceivedEvent.objects.count() == 1
    assert not Quarantined.objects.exists()


def test_a_key_may_have_a_rate_of_its_own(key, settings):
    settings.EVENT_RATE_PER_MINUTE = 1
    key.key.per_minute = 50
    assert [seconds_to_wait(key.key) for _ in range(5)] == [0] * 5


def test_each_minute_and_each_key_counts_for_itself(key, settings):
    settings.EVENT_RATE_PER_MINUTE = 1
    seconds_to_wait(key.key)
    KeyMinute.objects.update(minute=FAR)
    assert seconds_to_wait(key.key) > 0
    assert seconds_to_wait(make.make_key().key) == 0
    KeyMinute.objects.filter(key=key.key).update(minute="2026-01-01T00:00:00Z")
    assert seconds_to_wait(key.key) == 0


def test_a_clock_that_runs_back_resets_no_count(key, settings):
    settings.EVENT_RATE_PER_MINUTE = 1
    seconds_to_wait(key.key)
    KeyMinute.objects.update(minute=FAR)
    assert seconds_to_wait(key.key) > 0


def test_without_a_limit_nothing_is_counted(key, settings):
    settings.EVENT_RATE_PER_MINUTE = 0
    assert seconds_to_wait(key.key) == 0
    assert not KeyMinute.objects.exists()


def test_the_count_waits_for_no_disk(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'conversations_keyminute'")
        assert cursor.fetchone() == ("u",)
