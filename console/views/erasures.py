"""Erasures: asked for by one person, approved by another, followed to the certificate."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.erasure_forms import ErasureForm
from console.filters import ErasureFilter
from console.roles import Can, allowed, allows, holders, person
from console.views.decisions import decision
from console.views.lists import list_page
from conversations.models import Subject
from moderation.actions import erasures as actions
from moderation.actions.forgetting import Kept
from moderation.models import Erasure, LegalHold
from moderation.states import ErasureReason, ErasureState

ALL: QuerySet[Erasure] = Erasure.objects.select_related("subject__surface", "asked_by", "approved_by", "hold")
OPEN = frozenset({ErasureState.REQUESTED, ErasureState.DEFERRED})
"""What may still be refused."""


def _listed(request: HttpRequest, form: ErasureForm) -> HttpResponse:
    extra = {"form": form, "may_ask": Can.ERASE in allowed(person(request)), "tab": "erasures"}
    return list_page(request, ALL, template="erasures/list.html", order=("-asked_at", "-id"), filterset=ErasureFilter, extra=extra)


@require_safe
@allows(Can.SEE_ERASURES)
def erasures(request: HttpRequest) -> HttpResponse:
    """List erasures, newest first, with the form that asks for one."""
    return _listed(request, ErasureForm(initial={"subject": request.GET.get("subject", "")}))


@require_POST
@allows(Can.ERASE)
def request_new(request: HttpRequest) -> HttpResponse:
    """Ask for a person to be erased."""
    form, user = ErasureForm(request.POST), person(request)
    if not form.is_valid():
        answer = _listed(request, form)
        answer.status_code = 422
        return answer
    subject: Subject = form.cleaned_data["subject"]
    made = actions.request_erasure(subject, ErasureReason(form.cleaned_data["reason"]), asked_by=user)
    messages.success(request, f"{made.public_id} is asked for. Nothing is erased until another person approves it.")
    return redirect("erasure", made.public_id)


def _found(public_id: str) -> Erasure:
    found = ALL.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


@require_safe
@allows(Can.SEE_ERASURES)
def erasure(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one erasure: what would go or went, what remains, who decides; htmx asks again while it runs."""
    found, user = _found(public_id), person(request)
    may_approve = Can.APPROVE_ERASURES in allowed(user)
    context = {
        "erasure": found,
        "counts": found.records or Kept(found.subject).counts(),
        "holds": LegalHold.objects.on_person(found.subject) if found.term is not ErasureState.DONE else [],
        "may_approve": may_approve and found.term is ErasureState.REQUESTED and found.asked_by_id not in {user.pk, None},
        "may_refuse": found.term in OPEN and may_approve,
        "is_own": found.asked_by_id == user.pk,
        "approvers": holders(Can.APPROVE_ERASURES),
        "busy": found.term in {ErasureState.APPROVED, ErasureState.RUNNING},
    }
    template = "erasures/_state.html" if getattr(request, "htmx", False) else "erasures/detail.html"
    return render(request, template, context)


_decision = partial(decision, find=_found, page="erasure")
approve = _decision(actions.approve_erasure, Can.APPROVE_ERASURES, "Approved. A worker carries it out, unless a hold keeps the person.")
refuse = _decision(actions.refuse_erasure, Can.APPROVE_ERASURES, "Set aside. Nothing is erased.")


@require_safe
@allows(Can.SEE_ERASURES)
def certificate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand out the certificate as it was signed."""
    found = _found(public_id)
    if not found.certificate:
        raise Http404
    answer = JsonResponse(found.certificate)
    answer["Content-Disposition"] = f'attachment; filename="recourse-certificate-{public_id}.json"'
    return answer
