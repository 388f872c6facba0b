"""Health: whether this process can answer and reach its database, and whether the installation is set up."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from moderation.readiness import missing


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 where the database answers; it names what `manage.py setup` has still to make, which another process cannot mend."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if parts := missing():
        return JsonResponse({"status": "not set up", "missing": [part.value for part in parts]})
    return JsonResponse({"status": "ok"})
