"""Calibration rooms: the list, opening one, its items, answers, the reveal, the talk, the conclusions."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.roles import Can, allowed, allows, person
from console.room_forms import ConclusionForm, RemarkForm, RoomAnswerForm, RoomForm
from console.room_page import SHOWN, agreed, find_item, find_room, lines, talk, truth_of, turns_of, waiting_for
from console.views.lists import list_page
from moderation.actions import rooms as actions
from moderation.actions.conversations import open_transcript
from moderation.models import Opening, Room, RoomItem, User
from moderation.states import Answer, Purpose, RoomState


@require_safe
@allows(Can.LABEL)
def rooms(request: HttpRequest) -> HttpResponse:
    """List the rooms one sits in; for seniors all of them."""
    user = person(request)
    leads = Can.LEAD_ROOMS in allowed(user)
    rows = Room.objects.all() if leads else Room.objects.seating(user)
    extra = {"leads": leads}
    return list_page(request, rows.select_related("lead"), template="rooms/list.html", order=("-opened_at", "-id"), extra=extra)


@require_http_methods(["GET", "HEAD", "POST"])
@allows(Can.LEAD_ROOMS)
def open_new(request: HttpRequest) -> HttpResponse:
    """Choose readers and endings, and open a room."""
    if request.method != "POST":
        return render(request, "rooms/form.html", {"form": RoomForm()})
    form = RoomForm(request.POST)
    if not form.is_valid():
        return render(request, "rooms/form.html", {"form": form}, status=422)
    data = form.cleaned_data
    made = actions.open_room(data["title"], units=data["units"], readers=data["readers"], actor=person(request))
    messages.success(request, f"{made.public_id} is open. Answers are revealed once all have answered all.")
    return redirect("room", made.public_id)


@require_safe
@allows(Can.LABEL)
def room(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show how far a room is, and after the reveal what all answered."""
    user = person(request)
    found = find_room(public_id, user)
    done, due = waiting_for(found)
    context = {
        "room": found,
        "lines": lines(found, user),
        "seats": found.seats.select_related("user").order_by("user__pseudonym"),
        "seated": found.seats.filter(user=user).exists(),
        "leads": found.lead_id == user.pk,
        "shown": found.term in SHOWN,
        "open": found.term is RoomState.OPEN,
        "done": done,
        "due": due,
        "alpha": agreed(found) if found.term in SHOWN else None,
    }
    return render(request, "rooms/detail.html", context)


@require_safe
@allows(Can.LABEL)
def item(request: HttpRequest, public_id: str, place: int) -> HttpResponse:
    """Show one item: to read and answer before the reveal, to talk about after it."""
    found = find_room(public_id, person(request))
    return _item_page(request, found, find_item(found, place))


def _item_page(
    request: HttpRequest, found: Room, one: RoomItem, form: RoomAnswerForm | ConclusionForm | RemarkForm | None = None
) -> HttpResponse:
    user = person(request)
    seated = found.seats.filter(user=user).exists()
    reads = found.term is RoomState.OPEN and seated and not one.answers.filter(user=user).exists()
    context = {
        "room": found,
        "item": one,
        "reads": reads,
        "shown": found.term in SHOWN,
        "form": form if isinstance(form, RoomAnswerForm) else RoomAnswerForm(),
        "conclusion": form if isinstance(form, ConclusionForm) else ConclusionForm(),
        "remark": form if isinstance(form, RemarkForm) else RemarkForm(),
        "leads": found.lead_id == user.pk,
        "talking": found.term is RoomState.REVEALED,
        "own": one.answers.filter(user=user).first(),
        **_before(reads=reads, one=one, user=user, shown=found.term in SHOWN),
    }
    return render(request, "rooms/item.html", context, status=422 if form else 200)


def _before(*, reads: bool, one: RoomItem, user: User, shown: bool) -> dict[str, object]:
    """Return the transcript for who reads, and what was said for who may know it; the opening is recorded before any text is."""
    told: dict[str, object] = {"truth": truth_of(one), **talk(one)} if shown else {}
    if not reads and not (shown and Opening.objects.current(user, one.unit.branch)):
        return told
    if reads and not Opening.objects.filter(user=user, branch=one.unit.branch, opened_at__gte=one.room.opened_at).exists():
        open_transcript(one.unit.branch, Purpose.QUALITY, actor=user)
    turns, last, lost = turns_of(one)
    return told | {"turns": turns, "last": last, "lost": lost}


@require_POST
@allows(Can.LABEL)
def answer(request: HttpRequest, public_id: str, place: int) -> HttpResponse:
    """Commit an answer, and go to the next item that lacks one."""
    user = person(request)
    found = find_room(public_id, user)
    one, form = find_item(found, place), RoomAnswerForm(request.POST)
    if not form.is_valid():
        return _item_page(request, found, one, form)
    actions.answer_item(one.pk, Answer(form.cleaned_data["answer"]), form.cleaned_data["reason"], actor=user)
    following = found.items.exclude(answers__user=user).first()
    return redirect("room-item", public_id, following.place) if following else redirect("room", public_id)


@require_POST
@allows(Can.LABEL)
def remark(request: HttpRequest, public_id: str, place: int) -> HttpResponse:
    """Say something about an item."""
    found = find_room(public_id, person(request))
    one, form = find_item(found, place), RemarkForm(request.POST)
    if not form.is_valid():
        return _item_page(request, found, one, form)
    actions.remark_on(one.pk, form.cleaned_data["text"], actor=person(request))
    return redirect("room-item", public_id, place)


@require_POST
@allows(Can.LEAD_ROOMS)
def conclude(request: HttpRequest, public_id: str, place: int) -> HttpResponse:
    """Keep what the room came to for an item."""
    found = find_room(public_id, person(request))
    one, form = find_item(found, place), ConclusionForm(request.POST)
    if not form.is_valid():
        return _item_page(request, found, one, form)
    actions.conclude_item(one.pk, Answer(form.cleaned_data["answer"]), form.cleaned_data["reason"], actor=person(request))
    messages.success(request, f"Item {place} is concluded.")
    return redirect("room", public_id)


@require_POST
@allows(Can.LEAD_ROOMS)
def reveal(request: HttpRequest, public_id: str) -> HttpResponse:
    """Reveal what was answered so far."""
    actions.reveal_room(find_room(public_id, person(request)).pk, actor=person(request))
    return redirect("room", public_id)


@require_POST
@allows(Can.LEAD_ROOMS)
def call_off(request: HttpRequest, public_id: str) -> HttpResponse:
    """Call a room off."""
    actions.cancel_room(find_room(public_id, person(request)).pk, actor=person(request))
    messages.success(request, f"{public_id} is called off.")
    return redirect("rooms")
