"""Where a surface listens, by the API: the moves of its page."""

import pytest

from moderation.models import Delivery, WebhookEndpoint
from tests import make

pytestmark = pytest.mark.django_db

URL = "https://hooks.example/recourse"


@pytest.fixture
def path():
    return f"/api/v1/surfaces/{make.make_surface().public_id}/endpoint/"


@pytest.fixture(autouse=True)
def hosts(settings):
    settings.WEBHOOK_HOSTS, settings.WEBHOOK_PRIVATE = ["hooks.example"], False


def put(client, path, url):
    return client.put(path, {"url": url}, content_type="application/json")


def test_a_whole_life(path, client_of, operator):
    client = client_of(operator)
    assert client.get(path).status_code == 404
    made = put(client, path, URL)
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    assert made.json()["signing_secret"].startswith("whsec_")
    told = client.get(path).json()
    assert told["url"] == URL
    assert "secret" not in "".join(told).replace("old_secret_until", "")
    rotated = client.post(f"{path}rotate/")
    assert rotated.json()["signing_secret"] != made.json()["signing_secret"]
    sent = client.post(f"{path}test/")
    assert sent.status_code == 202
    assert sent.json()["id"] == Delivery.objects.get().public_id
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404
    assert not WebhookEndpoint.objects.open().exists()


@pytest.mark.parametrize("url", ["nonsense", "http://hooks.example/", "https://elsewhere.example/", ""])
def test_an_address_that_may_not_be_told_things_is_refused(url, path, client_of, operator):
    assert put(client_of(operator), path, url).status_code == 422
    assert not WebhookEndpoint.objects.exists()


def test_who_may_only_see_changes_nothing(path, client_of, operator, auditor, reviewer):
    put(client_of(operator), path, URL)
    client = client_of(auditor)
    assert client.get(path).status_code == 200
    assert put(client, path, URL).status_code == 403
    assert {client.post(f"{path}{move}/").status_code for move in ("rotate", "test")} == {403}
    assert client.delete(path).status_code == 403
    assert client_of(reviewer).get(path).status_code == 403
    assert client_of(operator).get("/api/v1/surfaces/S-00000000/endpoint/").status_code == 404
