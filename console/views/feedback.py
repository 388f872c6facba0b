"""Feedback: what users said of endings, to find cases by, never to measure rates."""

from __future__ import annotations

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from console.filters import FeedbackFilter
from console.roles import Can, allows
from console.views.lists import list_page
from conversations.models import Feedback


@require_safe
@allows(Can.SEE_FEEDBACK)
def feedback(request: HttpRequest) -> HttpResponse:
    """List feedback, newest first, with the ending it is about; texts are read on the ending's page, for a purpose."""
    written = ExpressionWrapper(Q(sealed_text__gt=b""), output_field=BooleanField())
    rows = Feedback.objects.select_related("surface", "branch__ending__standing").defer("sealed_text").annotate(written=written)
    return list_page(request, rows, template="feedback/list.html", order=("-given_at", "-id"), filterset=FeedbackFilter)
