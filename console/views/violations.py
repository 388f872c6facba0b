"""The door for browsers: `POST /csp-reports`, where they say what the Content-Security-Policy of a page kept them from.

Anybody can knock here, and a page's address may hold an id, so nothing is kept of what is sent. A report counts under its directive, where
there is one of that name, and under the name of its page in `console/urls.py`: a stranger can make numbers grow, and no more rows an hour
than directives times pages. Each process takes so many requests a minute; so many reports of a request count.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from threading import Lock
from urllib.parse import urlsplit

import msgspec
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt

from console.api.errors import problem
from console.api.outages import tells_outages
from moderation.actions.browsers import count_violations

MANY, ONE = "application/reports+json", "application/csp-report"
"""What browsers with the Reporting API send, and what all others do."""
MOST_BYTES, MOST_REPORTS, PER_MINUTE = 64 * 1024, 20, 60
OTHER = "other"
DIRECTIVES = frozenset({
    "base-uri", "child-src", "connect-src", "default-src", "font-src", "form-action", "frame-ancestors", "frame-src", "img-src",
    "manifest-src", "media-src", "object-src", "prefetch-src", "require-trusted-types-for", "sandbox", "script-src", "script-src-attr",
    "script-src-elem", "style-src", "style-src-attr", "style-src-elem", "trusted-types", "worker-src",
})  # fmt: skip


class Broken(msgspec.Struct):
    """A violation as the Reporting API tells it."""

    page: str = msgspec.field(name="documentURL", default="")
    directive: str = msgspec.field(name="effectiveDirective", default="")


class Report(msgspec.Struct):
    """One report of several; those of other types are none of ours."""

    type: str
    body: msgspec.Raw


class Older(msgspec.Struct):
    """A violation as browsers without the Reporting API tell it; the older ones know no effective directive."""

    page: str = msgspec.field(name="document-uri", default="")
    effective: str = msgspec.field(name="effective-directive", default="")
    violated: str = msgspec.field(name="violated-directive", default="")


class OlderReport(msgspec.Struct):
    """The only report of a request."""

    report: Older = msgspec.field(name="csp-report")


class Allowance:
    """So many requests a minute, of this process."""

    def __init__(self) -> None:
        self.lock, self.minute, self.used = Lock(), 0, 0

    def spend(self) -> bool:
        """Count a request and return whether it may be taken."""
        with self.lock:
            minute = int(time.monotonic() // 60)
            self.used = self.used + 1 if minute == self.minute else 1
            self.minute = minute
            return self.used <= PER_MINUTE


allowance = Allowance()


@csrf_exempt
@login_not_required
@tells_outages
def violations(request: HttpRequest) -> HttpResponse:
    """Count what a browser reports: by directive and page, nothing else of it."""
    if request.method != "POST":
        return problem(405, "method-not-allowed", "Send reports with POST.", headers={"Allow": "POST"})
    if request.content_type not in {MANY, ONE}:
        return problem(415, "unsupported-media-type", f"Content-Type must be {MANY} or {ONE}.")
    if not allowance.spend():
        return problem(429, "too-many", "Enough was reported this minute.", headers={"Retry-After": "60"})
    try:
        raw = request.read(MOST_BYTES + 1)
        counts = Counter(islice(_told(raw, request.content_type), MOST_REPORTS)) if len(raw) <= MOST_BYTES else None
    except (UnreadablePostError, msgspec.DecodeError, RecursionError):
        return problem(400, "malformed", "This is no report.")
    if counts is None:
        return problem(413, "too-large", f"Reports may have {MOST_BYTES} bytes at most.")
    count_violations(counts)
    return HttpResponse(status=204)


def _told(raw: bytes, media: str) -> Iterator[tuple[str, str]]:
    """Yield directive and page of each violation; raises msgspec.DecodeError for what is no report."""
    if media == ONE:
        older = msgspec.json.decode(raw, type=OlderReport).report
        yield _directive(older.effective or older.violated), _page(older.page)
        return
    for report in msgspec.json.decode(raw, type=list[Report]):
        if report.type == "csp-violation":
            broken = msgspec.json.decode(report.body, type=Broken)
            yield _directive(broken.directive), _page(broken.page)


def _directive(told: str) -> str:
    name = told.partition(" ")[0]  # older browsers send its values too
    return name if name in DIRECTIVES else OTHER


def _page(address: str) -> str:
    """Return the name of the page at an address, empty where there is none of ours."""
    try:
        return resolve(urlsplit(address).path).url_name or ""
    except (Resolver404, ValueError):
        return ""
