"""A chat surface as tests need it: signs what it sends, and can be made to send nonsense."""

import base64
import json
import time
from uuid import uuid4

from django.test import Client

from console.api.signatures import sign

SINGLE, BATCH, LINES = "application/cloudevents+json", "application/cloudevents-batch+json", "application/x-ndjson"


def signed(key, raw, media=SINGLE, encoding=None, **headers):
    """Return the headers of a message under a key; those given replace the right ones, None takes one away."""
    message, now = f"msg-{uuid4().hex}", int(time.time())
    secret = base64.b64decode(key.signing_secret.removeprefix("whsec_"))
    good = {
        "Content-Type": media,
        "Authorization": f"Bearer {key.api_key}",
        "webhook-id": message,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret, message, now, raw),
        "Content-Encoding": encoding,
    }
    return {name: value for name, value in (good | headers).items() if value is not None}


def post(key, body, media=SINGLE, encoding=None, **headers):
    """Post a body, bytes or what is to be JSON, and return the answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().generic("POST", "/api/v1/events", raw, headers=signed(key, raw, media, encoding, **headers))


def results(answer):
    """Return what became of each event of a batch or of lines."""
    assert answer.status_code == 200, answer.content
    if answer.streaming:
        return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    return answer.json()["results"]
