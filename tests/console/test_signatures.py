"""Signatures: shared secrets and Ed25519, and headers that strangers made up."""

import base64
import json
import time
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from console.api.signatures import BadSignature, check, check_public, read_headers, read_public_key, running, sign
from moderation.actions.surfaces import add_surface_key
from tests import make

NOW = 1_800_000_000
PAIR = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
PUBLIC = PAIR.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
OTHER = Ed25519PrivateKey.from_private_bytes(b"\10" * 32)
SECRET = b"s" * 32


def secret_of(key):
    return base64.b64decode(key.signing_secret.removeprefix("whsec_"))


def headers(signature, message="m", now=NOW):
    return {"webhook-id": message, "webhook-timestamp": str(now), "webhook-signature": signature}


def sealed(body, message="m", now=NOW, pair=PAIR):
    return "v1a," + base64.b64encode(pair.sign(f"{message}.{now}.".encode() + body)).decode()


def judge(given_headers, body):
    """Try both kinds of key, as the door does; return which of them hold."""
    signed = read_headers(given_headers, now=NOW, tolerance=300)
    mac = running(SECRET, signed.id, signed.timestamp)
    mac.update(body)
    held = []
    for name, attempt in (("v1", lambda: check(signed, [mac.digest()])), ("v1a", lambda: check_public(signed, PUBLIC, signed.lead + body))):
        try:
            attempt()
        except BadSignature:
            continue
        held.append(name)
    return held


def test_each_kind_holds_for_its_key_alone():
    assert judge(headers(sign(SECRET, "m", NOW, b"body")), b"body") == ["v1"]
    assert judge(headers(sealed(b"body")), b"body") == ["v1a"]
    assert judge(headers(f"v1a,AAAA {sealed(b'body', pair=OTHER)} {sealed(b'body')}"), b"body") == ["v1a"]


@pytest.mark.parametrize(
    ("signature", "body"),
    [
        (sealed(b"body"), b"other"),
        (sealed(b"body", message="n"), b"body"),
        (sealed(b"body", now=NOW + 1), b"body"),
        (sealed(b"body", pair=OTHER), b"body"),
        (sealed(b"body").replace("v1a", "v1"), b"body"),
        (sign(SECRET, "m", NOW, b"body").replace("v1,", "v1a,"), b"body"),
        (" ".join([sealed(b"body", pair=OTHER)] * 8 + [sealed(b"body")]), b"body"),
    ],
)
def test_anything_else_does_not_hold(signature, body):
    assert judge(headers(signature), body) == []


@pytest.mark.parametrize("text", ["", "whpk_", "whpk_AAAA", "whpk_é", base64.b64encode(PUBLIC).decode(), "whpk_" + "=" * 44])
def test_a_public_key_is_read_or_refused(text):
    with pytest.raises(ValueError):
        read_public_key(text)


def test_a_good_public_key_is_read():
    assert read_public_key("whpk_" + base64.b64encode(PUBLIC).decode()) == PUBLIC


NONSENSE = st.one_of(
    st.text(st.characters(), max_size=60),
    st.text("v1a, =+/AZ.", max_size=60),
    st.integers().map(str),
    st.just(str(NOW)),
    st.binary(max_size=40).map(lambda raw: "v1a," + base64.b64encode(raw).decode()),
    st.binary(max_size=40).map(lambda raw: "v1," + base64.b64encode(raw).decode()),
)


@settings(max_examples=400, deadline=None)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(headers(""), NONSENSE)), st.binary(max_size=50))
@example(headers("v1,AAAA", message="\ud800"), b"")
@example(headers("v1a,é"), b"")
def test_no_header_makes_it_fall_over_or_agree(made_up, body):
    with suppress(BadSignature):
        assert judge(made_up, body) == []


LATIN = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries({}, optional=dict.fromkeys((*headers(""), "authorization", "content-encoding", "content-length"), LATIN)))
def test_the_door_answers_strangers_with_a_refusal(made_up):
    answer = Client().post("/api/v1/events", b"{}", content_type="application/cloudevents+json", headers=made_up)
    assert answer.status_code in {401, 413}


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made_up=st.fixed_dictionaries({}, optional=dict.fromkeys((*headers(""), "content-length", "content-encoding"), LATIN)))
@example(made_up={"content-length": "²"})
@example(made_up={"content-length": "9" * 5_000})
@pytest.mark.parametrize("public", [b"", PUBLIC])
def test_a_stolen_api_key_opens_nothing_without_a_signature(public, made_up):
    key = add_surface_key(make.make_surface(), actor=make.TESTS, public_key=public)
    given_headers = {"Authorization": f"Bearer {key.api_key}", **made_up}
    answer = Client().post("/api/v1/events", b"{}", content_type="application/cloudevents+json", headers=given_headers)
    assert answer.status_code in {401, 413}


@pytest.mark.parametrize("padding", [0, 3_000_000])
def test_the_door_takes_what_a_key_pair_signed(ground, padding):
    key = add_surface_key(make.make_surface(), actor=make.TESTS, public_key=PUBLIC)
    body = json.dumps(make.ended()).encode() + b" " * padding + b"\n"
    media = "application/x-ndjson"

    def send(signature):
        return Client().post(
            "/api/v1/events",
            body,
            content_type=media,
            headers={"Authorization": f"Bearer {key.api_key}", **headers(signature, now=now)},
        )

    now = int(time.time())
    assert send(sealed(body, now=now, pair=OTHER)).status_code == 401
    assert send(sign(SECRET, "m", now, body)).status_code == 401
    answer = send(sealed(body, now=now))
    assert answer.status_code == 200
    assert json.loads(b"".join(answer.streaming_content))["status"] == "accepted"
