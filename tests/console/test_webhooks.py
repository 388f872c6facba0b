"""Pages and API of webhooks: set, rotate, close, try, send again; a secret is shown once."""

import pytest

from moderation import work
from moderation.actions import webhooks as actions
from moderation.models import Delivery, Kind, WebhookEndpoint
from moderation.states import DeliveryState
from tests import make
from tests.receiver import receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def listener():
    with receiver() as found:
        yield found


@pytest.fixture
def surface(db):
    return make.make_surface()


@pytest.fixture
def endpoint(surface, listener):
    return actions.set_endpoint(surface, listener.url, actor=make.TESTS).endpoint


@pytest.fixture
def sent(endpoint):
    """A message that has arrived."""
    delivery = actions.try_endpoint(endpoint, actor=make.TESTS)
    work.run([Kind.DELIVER])
    return Delivery.objects.get(pk=delivery.pk)


def url(surface, verb=""):
    return f"/surfaces/{surface.public_id}/endpoint/{verb}"


def text(answer):
    return answer.content.decode()


def test_without_an_endpoint_the_page_says_so(client_of, operator, surface):
    assert "It listens nowhere" in text(client_of(operator).get(url(surface)))


def test_the_secret_is_shown_once_and_kept_by_no_cache(client_of, operator, surface, listener):
    client = client_of(operator)
    answer = client.post(url(surface, "set/"), {"url": listener.url})
    assert answer["Cache-Control"] == "no-store"
    assert "whsec_" in text(answer)
    assert "whsec_" not in text(client.get(url(surface)))
    assert WebhookEndpoint.objects.open().get().surface == surface
    assert "whsec_" in text(client.post(url(surface, "rotate/")))


@pytest.mark.parametrize(
    ("address", "says"), [("https://elsewhere.example/x", "not among those"), ("gibberish", "valid URL"), ("", "required")]
)
def test_an_address_that_is_not_allowed_is_refused_in_words(client_of, operator, surface, address, says):
    answer = client_of(operator).post(url(surface, "set/"), {"url": address})
    assert answer.status_code == 422
    assert says in text(answer)
    assert not WebhookEndpoint.objects.exists()


def test_closing_asks_first(client_of, operator, endpoint):
    client = client_of(operator)
    assert "Close this endpoint" in text(client.post(url(endpoint.surface, "close/")))
    assert WebhookEndpoint.objects.open().exists()
    client.post(url(endpoint.surface, "close/"), {"sure": "yes"})
    assert not WebhookEndpoint.objects.open().exists()
    assert client.post(url(endpoint.surface, "rotate/")).status_code == 404


def test_a_test_message_leads_to_its_tries(client_of, operator, endpoint, listener):
    client = client_of(operator)
    answer = client.post(url(endpoint.surface, "test/"))
    work.run([Kind.DELIVER])
    page = text(client.get(answer["Location"]))
    assert "Taken" in page
    assert "endpoint.tested" in page
    assert len(listener.came) == 1


def test_the_list_filters_and_leads_on(client_of, operator, sent):
    client = client_of(operator)
    assert sent.public_id in text(client.get("/deliveries/"))
    assert sent.public_id in text(client.get(f"/deliveries/?state=delivered&about={sent.about}"))
    assert "No message matches" in text(client.get("/deliveries/?state=failed"))


def test_without_any_the_list_says_so(client_of, operator):
    assert "Nothing was told yet" in text(client_of(operator).get("/deliveries/"))


def test_a_message_is_sent_again_from_page_and_api(client_of, operator, sent, listener):
    client = client_of(operator)
    for path in (f"/deliveries/{sent.public_id}/again/", f"/api/v1/deliveries/{sent.public_id}/again/"):
        assert client.post(path).status_code in {200, 302}
        assert client.post(path).status_code == 409, "it is on its way"
        work.run([Kind.DELIVER])
    assert len(listener.came) == 3
    assert Delivery.objects.get(pk=sent.pk).term is DeliveryState.DELIVERED


def test_the_api_lists_each_with_its_tries(client_of, operator, sent):
    (one,) = client_of(operator).get("/api/v1/deliveries/").json()["results"]
    assert one["id"] == sent.public_id
    assert one["message_id"] == sent.message_id
    assert [each["status"] for each in one["tries"]] == [200]


@pytest.mark.parametrize("verb", ["set", "rotate", "close", "test"])
def test_only_operators_change_where_a_surface_listens(client_of, auditor, reviewer, surface, verb):
    assert client_of(auditor).post(url(surface, f"{verb}/"), {"url": "https://x.example/"}).status_code == 403
    assert client_of(reviewer).post(url(surface, f"{verb}/")).status_code == 403
    assert client_of(auditor).get(url(surface, f"{verb}/")).status_code in {403, 405}


def test_unknown_ids_are_no_page(client_of, operator):
    client = client_of(operator)
    assert client.get("/surfaces/S-ZZZZZZZZ/endpoint/").status_code == 404
    assert client.get("/deliveries/M-ZZZZZZZZ/").status_code == 404
    assert client.get("/api/v1/deliveries/M-ZZZZZZZZ/").status_code == 404
