"""Reply templates: every version of every text, writing a new one, taking one out of use."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.forms import WriteReplyForm
from console.roles import Can, allowed, allows, person
from console.views.feedback import tabs
from console.views.lists import list_page
from moderation.actions.replies import Text, retire_reply, write_reply
from moderation.models import ReplyTemplate
from moderation.states import Occasion


@require_safe
@allows(Can.SEE_FEEDBACK)
def replies(request: HttpRequest) -> HttpResponse:
    """List every version, by name."""
    user = person(request)
    in_use = set(ReplyTemplate.objects.usable(*Occasion).values_list("pk", flat=True))
    extra = {"may_write": Can.WRITE_REPLIES in allowed(user), "in_use": in_use, "tabs": tabs(user, "replies")}
    rows = ReplyTemplate.objects.select_related("author")
    return list_page(request, rows, template="replies/list.html", order=("name", "-version", "id"), extra=extra)


@require_safe
@allows(Can.WRITE_REPLIES)
def new_reply(request: HttpRequest) -> HttpResponse:
    """Show the form for a text; `?from=` begins with a version that is there."""
    before = ReplyTemplate.objects.filter(public_id=request.GET.get("from", "")).first()
    start = {"name": before.name, "occasion": before.occasion, "language": before.language, "text": before.text} if before else None
    return render(request, "replies/form.html", {"form": WriteReplyForm(initial=start), "before": before})


@require_POST
@allows(Can.WRITE_REPLIES)
def write(request: HttpRequest) -> HttpResponse:
    """Add a version."""
    form = WriteReplyForm(request.POST)
    if not form.is_valid():
        return render(request, "replies/form.html", {"form": form}, status=422)
    data = form.cleaned_data
    made = write_reply(data["name"], Text(Occasion(data["occasion"]), data["language"], data["text"]), actor=person(request))
    messages.success(request, f"{made} is in use.")
    return redirect("replies")


@require_POST
@allows(Can.WRITE_REPLIES)
def retire(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a name out of use."""
    found = ReplyTemplate.objects.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    retire_reply(found, actor=person(request))
    messages.success(request, f"{found.name} is out of use.")
    return redirect("replies")
