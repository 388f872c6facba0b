"""A person's own desk: exposure, break, comfort, saved views; and for seniors, who has reached their limit."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.desk_forms import ComfortForm, OverrideForm, ViewForm
from console.roles import Can, allowed, allows, person
from moderation.actions import desks, wellbeing
from moderation.models import Comfort, Desk, SavedView, User

PASSING = {"after", "before", "csrfmiddlewaretoken"}


@require_safe
@allows(Can.LABEL)
def desk(request: HttpRequest) -> HttpResponse:
    """Show one's exposure and break; to seniors also who has read most today."""
    user = person(request)
    senior = Can.OVERRIDE_BUDGET in allowed(user)
    context = {
        "load": wellbeing.load_of(user, shown=True),
        "desk": Desk.objects.filter(user=user).first(),
        "minutes": settings.BREAK_MINUTES,
        "others": _others(user) if senior else None,
        "form": OverrideForm() if senior else None,
    }
    return render(request, "desk/detail.html", context)


def _others(user: User) -> list[tuple[User, wellbeing.Load]]:
    """Return who read today and has reached the quiet bar, alphabetically: this is no ranking."""
    readers = User.objects.filter(exposures__at__gte=wellbeing.midnight()).exclude(pk=user.pk).distinct().order_by("pseudonym")
    loads = [(one, wellbeing.load_of(one)) for one in readers[:200]]
    return [(one, load) for one, load in loads if load.share >= wellbeing.QUIET_BAR]


@require_POST
@allows(Can.LABEL)
def pause(request: HttpRequest) -> HttpResponse:
    """Begin a break."""
    desks.begin_break(person(request))
    return redirect("desk")


@require_POST
@allows(Can.LABEL)
def resume(request: HttpRequest) -> HttpResponse:
    """Come back from a break."""
    desks.end_break(person(request))
    return redirect("desk")


@require_POST
@allows(Can.OVERRIDE_BUDGET)
def override(request: HttpRequest) -> HttpResponse:
    """Let somebody read on until the day ends."""
    form = OverrideForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Name a person by their pseudonym, units from 1 to 500, and a reason.")
        return redirect("desk")
    wellbeing.override_budget(**form.cleaned_data, actor=person(request))
    messages.success(request, f"{form.cleaned_data['user'].pseudonym} may read on until the day ends (UTC).")
    return redirect("desk")


@require_http_methods(["GET", "HEAD", "POST"])
@allows(Can.LABEL)
def comfort(request: HttpRequest) -> HttpResponse:
    """Show and keep how somebody wants to read."""
    user = person(request)
    if request.method != "POST":
        own = Comfort.objects.filter(user=user).first() or Comfort(user=user)
        form = ComfortForm(initial={name: getattr(own, name) for name in ComfortForm.base_fields})
        return render(request, "desk/comfort.html", {"form": form})
    form = ComfortForm(request.POST)
    if not form.is_valid():
        return render(request, "desk/comfort.html", {"form": form}, status=422)
    wellbeing.set_comfort(user, form.wish())
    messages.success(request, "Kept. It holds from the next page on.")
    return redirect("comfort")


@require_POST
@allows(Can.SEE_ENDINGS)
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the list one looks at under a name."""
    form = ViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Not saved: a view needs a name of at most 60 characters.")
        return redirect("home")
    page, name = form.cleaned_data["page"], form.cleaned_data["name"]
    shown = getattr(request, "htmx", None)
    query = lasting(urlsplit(shown.current_url).query if shown and shown.current_url else form.cleaned_data["query"])
    desks.save_view(person(request), page=page, name=name, query=query)
    messages.success(request, f"Saved as “{name}”.")
    return HttpResponse(headers={"HX-Redirect": address(page, query)}) if shown else redirect(address(page, query))


@require_POST
@allows(Can.SEE_ENDINGS)
def delete_view(request: HttpRequest, public_id: str) -> HttpResponse:
    """Forget a view of one's own."""
    user = person(request)
    view = get_object_or_404(SavedView, public_id=public_id, user=user)
    desks.delete_view(view.pk, actor=user)
    messages.success(request, f"“{view.name}” is forgotten.")
    return redirect(address(view.page, ""))


def lasting(query: str) -> str:
    """Return a query without what belongs to one moment: cursors and tokens; raises Http404 for one too long to be a view."""
    kept = urlencode([(name, value) for name, value in parse_qsl(query) if name not in PASSING])
    if len(kept) > SavedView._meta.get_field("query").max_length:  # type: ignore[operator]  # noqa: SLF001  # the documented meta API; it has one
        raise Http404
    return kept


def address(page: str, query: str) -> str:
    """Return where a view leads."""
    return f"/{page}/?{query}" if query else f"/{page}/"


def views_of(user: User, page: str) -> list[tuple[SavedView, str]]:
    """Return one's saved views of a page, each with its address."""
    return [(view, address(page, view.query)) for view in SavedView.objects.filter(user=user, page=page)]
