"""What surfaces are told: signed, once queued never lost, sent nowhere it should not."""

import ipaddress
import json
import socket
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from console.api.signatures import BadSignature, check, read_headers, running
from conversations.models import Surface
from moderation import webhooks, work
from moderation.actions import webhooks as actions
from moderation.actions.appeals import decide_appeal, take_appeal
from moderation.audit.events import Event
from moderation.models import AuditEntry, Delivery, Kind, WebhookEndpoint, WebhookEvent, WorkItem
from moderation.states import DeliveryState, IllegalMove
from tests import make
from tests.receiver import receiver

HERE = webhooks.Rules(hosts={"127.0.0.1"}, private=True)
OUTSIDE = webhooks.Rules(hosts={"hooks.example", "127.0.0.1"}, private=False)


@pytest.fixture
def listener():
    with receiver() as found:
        yield found


@pytest.fixture
def made(db, listener):
    """An endpoint at the listener, with its secret, in an installation whose first policy is in force already."""
    make.make_ground()
    return actions.set_endpoint(make.make_surface(), listener.url, actor=make.TESTS)


def post(url, rules=HERE, body=b"{}"):
    return webhooks.post(url, body, message_id="msg_1", timestamp=1_700_000_000, secrets=[b"s" * 32], rules=rules)


def told(made):
    return actions.tell(WebhookEvent.ENDPOINT_TESTED, made.endpoint.surface_id, about="X-1", data={"n": 1})


def run(times=1):
    """Try what is due, and then what becomes due, so many times."""
    for _ in range(times):
        WorkItem.objects.filter(kind=Kind.DELIVER).update(not_before=timezone.now() - timedelta(seconds=1))
        work.run([Kind.DELIVER])


def state(delivery):
    return Delivery.objects.get(pk=delivery.pk).term


def events(target):
    entries = [row.entry for row in AuditEntry.objects.order_by("id")]
    return [entry["action"] for entry in entries if entry["target"]["id"] == target.public_id]


def secret_of(new):
    (secret,) = new.endpoint.secrets()
    return secret


def verify(came, secret):
    """Check a message as its receiver would, with the code that checks what surfaces send."""
    _, headers, body = came
    signed = read_headers({name.lower(): value for name, value in headers.items()}, now=timezone.now().timestamp(), tolerance=300)
    mac = running(secret, signed.id, signed.timestamp)
    mac.update(body)
    check(signed, [mac.digest()])


def test_a_message_arrives_signed(made, listener):
    delivery = told(made)
    run()
    assert state(delivery) is DeliveryState.DELIVERED
    (came,) = listener.came
    verify(came, secret_of(made))
    with pytest.raises(BadSignature):
        verify(came, b"another secret of thirty-two byte")
    assert came[0] == "/hooks?of=recourse"
    message = json.loads(came[2])
    assert message["type"] == "endpoint.tested"
    assert message["data"] == {"n": 1}
    assert events(delivery) == ["delivery.queued", "delivery.made"]


@pytest.mark.parametrize("answer", [500, 302, 404, "cut", "nonsense"])
def test_what_fails_is_tried_again_under_the_same_id(made, listener, answer):
    delivery = told(made)
    listener.answer = answer
    run()
    assert state(delivery) is DeliveryState.WAITING
    assert Delivery.objects.get().next_try_at > timezone.now()
    listener.answer = 204
    run()
    assert state(delivery) is DeliveryState.DELIVERED
    assert len({headers["webhook-id"] for _, headers, _ in listener.came}) == 1
    assert len(listener.came) == 2, "a redirect is not followed"
    assert [one.delivered for one in delivery.log.all()] == [False, True]


def test_after_ten_tries_it_is_given_up_and_can_be_sent_again(made, listener):
    delivery = told(made)
    listener.answer = 500
    run(12)
    assert state(delivery) is DeliveryState.FAILED
    assert delivery.log.count() == 10
    assert not WorkItem.objects.filter(state="ready").exists()
    listener.answer = 200
    actions.send_again(delivery, actor=make.TESTS)
    with pytest.raises(IllegalMove):
        actions.send_again(delivery, actor=make.TESTS)
    run()
    assert state(delivery) is DeliveryState.DELIVERED
    assert events(delivery) == ["delivery.queued", "delivery.failed", "delivery.repeated", "delivery.made"]


def test_the_waits_add_up_to_what_standard_webhooks_suggests():
    assert sum(actions.WAITS, timedelta(0)) == timedelta(hours=75, minutes=35, seconds=5)
    assert len(actions.WAITS) == 10


def test_nothing_is_queued_where_the_surface_listens_nowhere(db):
    surface = make.make_surface()
    assert actions.tell(WebhookEvent.APPEAL_DECIDED, surface.pk, about="A-1", data={}) is None
    assert not WorkItem.objects.exists()


def test_nothing_is_told_of_what_was_rolled_back(made, senior):
    appeal = make.make_appeal()
    with pytest.raises(IllegalMove):
        decide_appeal_unheld(appeal, senior)
    assert not Delivery.objects.exists()


def decide_appeal_unheld(appeal, senior):
    appeal.decider = senior
    appeal.save(update_fields=["decider"])
    decide_appeal(appeal.pk, granted=True, actor=senior)


def test_a_decided_appeal_is_told_by_the_surfaces_own_names_and_without_text(made, listener, senior):
    appeal = make.make_appeal()
    take_appeal(appeal.pk, actor=senior)
    decide_appeal(appeal.pk, granted=True, actor=senior)
    run()
    ((_, _, body),) = listener.came
    data = json.loads(body)["data"]
    assert data == {
        "appeal": appeal.public_id,
        "decision": "granted",
        "conversation": appeal.branch.conversation.external_id,
        "branch": appeal.branch.external_id,
    }
    assert b"joking" not in body


def test_while_a_secret_is_rotated_both_sign(made, listener):
    old = secret_of(made)
    new = actions.rotate_secret(made.endpoint, actor=make.TESTS).endpoint
    told(made)
    run()
    for secret in [old, new.secrets()[0]]:
        verify(listener.came[0], secret)
    WebhookEndpoint.objects.update(old_secret_until=timezone.now() - timedelta(seconds=1))
    told(made)
    run()
    with pytest.raises(BadSignature):
        verify(listener.came[1], old)


def test_a_new_address_takes_the_place_of_the_old(made, listener):
    actions.set_endpoint(made.endpoint.surface, listener.url, actor=make.TESTS)
    old = WebhookEndpoint.objects.get(pk=made.endpoint.pk)
    assert old.closed_at is not None
    assert not old.closed_by_failure
    assert WebhookEndpoint.objects.open().count() == 1


def test_what_waits_for_a_closed_endpoint_is_given_up(made, listener):
    delivery = told(made)
    actions.close_endpoint(made.endpoint, actor=make.TESTS)
    listener.answer = 500
    run()
    assert state(delivery) is DeliveryState.FAILED
    with pytest.raises(actions.NoEndpoint):
        actions.send_again(delivery, actor=make.TESTS)


@pytest.mark.parametrize(("answer", "since"), [(410, timedelta(0)), (500, timedelta(days=5, minutes=1))])
def test_an_endpoint_that_is_gone_or_fails_for_days_is_closed(made, listener, answer, since):
    WebhookEndpoint.objects.update(failing_since=timezone.now() - since if since else None)
    told(made)
    listener.answer = answer
    run()
    closed = WebhookEndpoint.objects.get()
    assert closed.closed_by_failure
    assert events(closed)[-1] == Event.ENDPOINT_CLOSED


def test_one_success_forgets_the_failures(made, listener):
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=4))
    told(made)
    run()
    assert WebhookEndpoint.objects.get().failing_since is None


def test_the_secret_lies_sealed(made):
    row = WebhookEndpoint.objects.get()
    assert secret_of(made) not in bytes(row.sealed_secret)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example/", "not_https"),
        ("ftp://hooks.example/", "not_https"),
        ("https://elsewhere.example/", "host_not_allowed"),
        ("https://hooks.example.evil.example/", "host_not_allowed"),
        ("https://user@hooks.example/", "malformed"),
        ("https://hooks.example:99999/", "malformed"),
        ("https://hooks.example/#part", "malformed"),
        ("https://[::1/", "malformed"),
        ("https:///nowhere", "malformed"),
        ("", "malformed"),
    ],
)
def test_addresses_that_are_refused_by_their_text(url, code):
    with pytest.raises(webhooks.Forbidden) as caught:
        webhooks.check_url(url, OUTSIDE)
    assert caught.value.code == code
    assert post(url, OUTSIDE).problem == code


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:1::",
    ],
)  # fmt: skip
def test_addresses_inside_a_network_are_not_public(address):
    assert not webhooks.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111"])
def test_public_addresses_are_public(address):
    assert webhooks.is_public(ipaddress.ip_address(address))


def test_an_allowed_name_that_leads_inside_is_refused_after_resolution(listener, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", 443))])
    assert post("https://hooks.example/", OUTSIDE).problem == "address_not_public"
    assert listener.came == []


def test_the_name_is_resolved_once_and_that_address_is_called(listener, monkeypatch):
    asked, real = [], socket.getaddrinfo
    port = urlsplit(listener.url).port

    def resolve(host, *args, **kwargs):
        asked.append(host)
        return real("127.0.0.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert post(f"http://hooks.example:{port}/", webhooks.Rules({"hooks.example"}, private=True)).delivered
    assert asked.count("hooks.example") == 1
    assert listener.came[0][1]["Host"] == f"hooks.example:{port}"


def test_a_slow_endpoint_is_left(listener, monkeypatch):
    monkeypatch.setattr(webhooks, "SECONDS", 0.3)
    listener.answer = "slow"
    answer = post(listener.url)
    assert answer.problem == "too_slow"
    assert answer.milliseconds < 2_000


def test_where_nobody_listens_and_where_no_name_leads():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert post(f"http://127.0.0.1:{taken.getsockname()[1]}/").problem == "refused"
    assert post("https://name.invalid/", webhooks.Rules({"name.invalid"}, private=False)).problem == "name_unknown"


def test_plain_http_where_tls_is_spoken_to_is_no_certificate(listener):
    assert post(listener.url.replace("http:", "https:")).problem == "bad_certificate"


def test_each_surface_is_told_its_own(made, listener):
    other = make.make_surface("/surfaces/other")
    assert actions.tell(WebhookEvent.APPEAL_DECIDED, other.pk, about="A-1", data={}) is None
    assert Surface.objects.count() == 2
