"""What every request passes: an id that the log can find, private pages that no cache keeps, one answer to an illegal move."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from uuid import uuid4

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from console.keyboard import whose
from conversations.vault import Erased
from moderation.actions.appeals import NotIndependent
from moderation.actions.bulk import NothingToChange
from moderation.actions.campaigns import NothingFailed
from moderation.actions.certificates import NotSealed
from moderation.actions.desks import OnBreak
from moderation.actions.enrichment import KeyPublished
from moderation.actions.erasures import AlreadyErased
from moderation.actions.feedback import NotFoundWrong, NothingToRead, NotTheSame
from moderation.actions.golden import AlreadyGolden, NotSettled
from moderation.actions.holds import TooLateToHold
from moderation.actions.labels import MustAnswer, NothingToDispute
from moderation.actions.notices import NoNotice
from moderation.actions.people import KnownEmail, LastGranter, OwnRoles
from moderation.actions.plans import PlanChanged
from moderation.actions.policies import BorrowedPassword, FlipsUnread, FreshRole, NeedsCompliance, RulesChanged, SamePerson
from moderation.actions.publication import NothingBefore
from moderation.actions.quarantine import BodyDestroyed
from moderation.actions.replies import WrongReply
from moderation.actions.reports import NotSeen
from moderation.actions.reviews import Labelling, NotPickable, NotRead, NotYours, Stale, TooLate
from moderation.actions.rooms import Answered, NotFit, NotOpened, NotSeated
from moderation.actions.routing import AlreadyRead
from moderation.actions.watching import AlreadySeen
from moderation.actions.webhooks import NoEndpoint
from moderation.actions.wellbeing import Exhausted, NotYourself
from moderation.actions.work import MustBeDone
from moderation.audit.keys import KeyUnusable
from moderation.audit.log import current_request
from moderation.calibrating import TooFew
from moderation.readiness import NotSetUp
from moderation.states import IllegalMove

Answer = Callable[[HttpRequest], HttpResponse]

CONFLICTS = {
    IllegalMove: "Somebody else changed this first.",
    NotYours: "This review is not yours to work on: somebody else holds it, or you have seen its outcome.",
    Labelling: "You are labelling this conversation. Commit your answer, then ask for the reveal.",
    NotRead: "Open the transcript before you answer.",
    TooLate: "The time to take this back is over: it is a label now, or will be in a moment.",
    Stale: "This answer was taken back before it arrived again: nothing was changed.",
    MustAnswer: "A senior has to answer here: nobody is left to pass it to.",
    NothingToDispute: "There is no golden standard and no adjudication here that you could dispute, or you have already.",
    NotSettled: "Its truth is not settled yet: it has to be read, and confirmed where that is due, before it can be golden.",
    AlreadyGolden: "This is a golden item already.",
    NotIndependent: "Somebody who neither labelled nor decided this ending has to decide.",
    AlreadyRead: "People have answered on this conversation already.",
    NotSeen: "Open the transcript first: only who has read it can report a crisis.",
    NothingToRead: "No conversation has come to which this feedback belongs.",
    NotFoundWrong: "Nobody has found its ending wrong, so there is nothing to nominate.",
    NotTheSame: "These do not belong together.",
    WrongReply: "This reply answers something else, or is not in use any more.",
    NothingToChange: "None of these would be changed: they have been answered, or stand so already.",
    NotFit: "These cannot be read in a room: choose 1 to 10 settled endings that nobody still reads blind, and 2 to 20 readers.",
    NotSeated: "You have no seat in this room, or somebody else leads it.",
    NotOpened: "Open the transcript before you answer.",
    Answered: "This was answered already. An answer in a room is committed once.",
    NotPickable: "Only urgent items can be picked by hand; the next one is served by rule.",
    OnBreak: "You are on a break: come back to work first.",
    Exhausted: "Your exposure budget is spent. Only light items are served now: take a break, or ask a senior.",
    NotYourself: "Somebody else has to let you read on.",
    OwnRoles: "Nobody changes what they themselves may do, or whether they come in: somebody else has to.",
    LastGranter: "Nobody would be left who can grant roles: give that role to somebody else first.",
    KnownEmail: "Somebody signs in with this address already.",
    NoEndpoint: "This surface listens nowhere: set its endpoint first.",
    SamePerson: "Somebody other than the author has to approve.",
    BorrowedPassword: "Somebody else set your password. Change it under Settings; 24 hours after they set it you may approve.",
    FreshRole: "Your roles changed within the last 24 hours, so somebody else has to approve.",
    NeedsCompliance: "It raises the crisis threshold, which protects less: compliance has to approve.",
    FlipsUnread: "Open the flips that were taken at random first, then approve.",
    PlanChanged: "Another plan came into force since this was proposed: propose it anew, so that everybody sees what it changes.",
    KeyPublished: "The key of this month is public, so none of its rates can be raised: propose it without the month.",
    RulesChanged: "The rules text changed since it was sealed: edit it and seal it anew.",
    NotSealed: "This policy never ruled, and nothing of it is sealed: seal it first, so that nobody chooses the window afterwards.",
    NothingFailed: "Nothing failed here: every ending has a result, or has tries left.",
    MustBeDone: "Work of this kind can only be tried again: somebody is owed it. Mend what it died of, then retry it.",
    NothingBefore: "There is no earlier policy to go back to. Nothing was changed.",
    AlreadySeen: "Somebody has looked at this alarm before.",
    AlreadyErased: "This person was erased before, or an erasure is under way.",
    TooLateToHold: "The person was erased, or an erasure has begun: there is nothing left that a hold could keep.",
    BodyDestroyed: "Its body was destroyed when its time was over, so that it can only be discarded.",
    Erased: "The person was erased meanwhile: nothing more can be written about them.",
    NoNotice: "The user asked for the end, which restricts nobody: no notice is due.",
    TooFew: "There are not enough labels for a calibration yet.",
}
NOT_SET_UP = "This installation is not set up yet. Whoever runs it has to run manage.py setup. Nothing was changed."
KEYS_MISSING = (
    "The keys of the log are not on this machine, or not those of the log in force. Whoever runs it has to copy them. Nothing was changed."
)


def request_id(get_response: Answer) -> Answer:
    """Give each request an id, in the log, in audit entries and on error pages."""

    def middleware(request: HttpRequest) -> HttpResponse:
        identity = uuid4().hex
        token = current_request.set(identity)
        structlog.contextvars.bind_contextvars(request_id=identity)
        request.incident = identity[:12]  # type: ignore[attr-defined]  # shown on error pages
        try:
            response = get_response(request)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
            current_request.reset(token)
        response["X-Request-Id"] = identity
        return response

    return middleware


NOT_FOR_BROWSERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def told_to_browsers(get_response: Answer) -> Answer:
    """Answer machines on allowed hosts only, with a length, and let no browser make anything of the answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.get_host()  # raises DisallowedHost
        response = get_response(request)
        for name, value in NOT_FOR_BROWSERS.items():
            response[name] = value
        if not response.streaming:
            response["Content-Length"] = str(len(response.content))
        return response

    return middleware


def own_keys(get_response: Answer) -> Answer:
    """Draw each page with the keys of its person."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = whose.set(request.user)
        try:
            return get_response(request)
        finally:
            whose.reset(token)

    return middleware


def private_pages(get_response: Answer) -> Answer:
    """Keep what signed-in people see out of every cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response["Reporting-Endpoints"] = f'csp="{settings.CSP_REPORTS}"'
        return response

    return middleware


def only_forms(get_response: Answer) -> Answer:
    """Say in words where a browser asks for an address that takes forms only, as it does after a sign-in in the middle of one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or response.content or request.method != "GET":
            return response
        page = render(request, "errors/405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
        page["Allow"] = response["Allow"]
        return page

    return middleware


class IllegalMoves:
    """Answer 409 where a page asks for a move that is no longer possible."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Return the page for a conflict, or for what cannot be done before the set-up or without keys; None for anything else."""
        for kind, sentence in CONFLICTS.items():
            if isinstance(error, kind):
                return render(request, "errors/409.html", {"sentence": sentence}, status=409)
        if isinstance(error, NotSetUp):
            return render(request, "errors/503.html", {"title": "Not set up yet", "sentence": NOT_SET_UP}, status=503)
        if isinstance(error, KeyUnusable):
            return render(request, "errors/503.html", {"title": "Nothing can be signed here", "sentence": KEYS_MISSING}, status=503)
        return None


illegal_moves = IllegalMoves
