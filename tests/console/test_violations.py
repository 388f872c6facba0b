"""What browsers report of pages is counted under words of ours; nothing of it is kept, and nobody can make it fail or grow."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as any_of

from console.views import violations as door
from moderation.actions.browsers import forget_violations
from moderation.models import Violation
from tests.fuzzing import tries

SECRET = "what-a-stranger-wrote"


@pytest.fixture(autouse=True)
def allowance(monkeypatch):
    monkeypatch.setattr(door, "allowance", door.Allowance())


def report(body, media=door.MANY):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client(enforce_csrf_checks=True).generic("POST", "/csp-reports", raw, content_type=media).status_code


def broken(directive="script-src-elem", page="https://console.example/endings/E-7Q4M2R9F/?q=" + SECRET):
    body = {"documentURL": page, "effectiveDirective": directive, "blockedURL": "https://" + SECRET, "sample": SECRET}
    return {"type": "csp-violation", "age": 1, "url": page, "user_agent": SECRET, "body": body}


def counts():
    return {(row.directive, row.page): row.n for row in Violation.objects.all()}


@pytest.mark.django_db
def test_reports_count_by_directive_and_page_and_nothing_else_is_kept(client_of, operator):
    older = {"csp-report": {"document-uri": "https://x/reviews/", "violated-directive": "img-src 'self'", "blocked-uri": SECRET}}
    deprecation = {"type": "deprecation", "body": {"id": SECRET}}
    assert report([broken(), deprecation, broken(), broken(SECRET, "https://x/" + SECRET)]) == 204
    assert report(older, door.ONE) == 204
    assert counts() == {("script-src-elem", "ending"): 2, ("other", ""): 1, ("img-src", "reviews"): 1}
    assert SECRET not in repr(list(Violation.objects.values()))
    page = client_of(operator).get("/work/").content.decode()
    assert "script-src-elem" in page
    assert "None of ours" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b" ", door.MANY, 400),
        (b"\xff", door.MANY, 400),
        (b"[" * 60_000, door.MANY, 400),
        ([{"type": "csp-violation", "body": "no"}], door.MANY, 400),
        ({"csp-report": {"document-uri": 7}}, door.ONE, 400),
        ([broken(page="http://[")], door.MANY, 204),
        ([broken()], "application/json", 415),
        (b" " * (door.MOST_BYTES + 1), door.MANY, 413),
    ],
)
def test_what_is_no_report_is_refused_by_name(body, media, status):
    assert report(body, media) == status


ANYTHING = any_of.recursive(any_of.none() | any_of.booleans() | any_of.floats() | any_of.text(), lambda inner: any_of.lists(inner) | any_of.dictionaries(any_of.sampled_from(["type", "body", "csp-report", "document-uri", "documentURL", "effectiveDirective"]), inner))  # fmt: skip


@tries(40)
@given(body=any_of.binary() | ANYTHING.map(lambda value: json.dumps(value).encode()), media=any_of.sampled_from([door.MANY, door.ONE]))
def test_whatever_comes_is_told_or_no_report(body, media):
    try:
        told = list(door._told(body, media))
    except (door.msgspec.DecodeError, RecursionError):
        return
    assert all(directive in door.DIRECTIVES | {door.OTHER} for directive, _ in told)


@pytest.mark.django_db
def test_a_request_has_so_many_reports_and_a_minute_so_many_requests(monkeypatch):
    assert report([broken()] * 100) == 204
    assert counts() == {("script-src-elem", "ending"): door.MOST_REPORTS}
    monkeypatch.setattr(door, "PER_MINUTE", 2)
    monkeypatch.setattr(door.time, "monotonic", lambda: 1e6)
    assert [report([broken()]) for _ in range(3)] == [204, 204, 429]
    monkeypatch.setattr(door.time, "monotonic", lambda: 1e6 + 60)
    assert report([broken()]) == 204


@pytest.mark.django_db
def test_old_counts_are_forgotten(settings):
    report([broken()])
    assert forget_violations() == 0
    Violation.objects.update(hour=timezone.now() - timedelta(days=settings.REFUSALS_DAYS + 1))
    assert forget_violations() == 1


@pytest.mark.django_db
def test_pages_say_where_to_report(client_of, operator):
    answer = client_of(operator).get("/work/")
    assert answer["Reporting-Endpoints"] == 'csp="/csp-reports"'
    assert "report-uri /csp-reports" in answer["Content-Security-Policy"].split("; ")
    assert Client().get("/csp-reports").status_code == 405
