"""The stock way of listing endings and reviews: `ModelAdmin`s as the tutorial writes them, with exact counts and a hierarchy of dates.

It is not made slow: pages are as long as ours, relations that are shown are joined, and whoever is signed in may do everything, which asks
no table for permissions. `tests.benchmarks.admin_settings` serves it.
"""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from console.views.health import healthz
from console.views.lists import PAGE_SIZE
from moderation.models import Review, Standing


class Site(admin.AdminSite):
    """The usual site; our people have no `is_staff`."""

    def has_permission(self, request):
        return request.user.is_active


class EverybodyMay(admin.ModelAdmin):
    """Permissions of a superuser, as our people have none of Django's."""

    list_per_page = PAGE_SIZE

    def has_module_permission(self, request):
        return True

    def has_view_permission(self, request, obj=None):
        return True

    has_add_permission = has_module_permission
    has_change_permission = has_delete_permission = has_view_permission


class StandingAdmin(EverybodyMay):
    list_display = ["ending", "ended_at", "outcome", "answer", "category", "reason", "surface", "model", "has_feedback", "has_appeal"]
    list_filter = ["outcome", "answer", "surface", "has_feedback"]
    list_select_related = ["ending", "surface"]
    search_fields = ["ending__public_id", "ending__branch__conversation__external_id"]
    date_hierarchy = "ended_at"
    ordering = ["-ended_at"]


class ReviewAdmin(EverybodyMay):
    list_display = ["public_id", "due_at", "lane", "unit__branch__conversation__locale", "surface", "state", "reviewer", "opened_at"]
    list_filter = ["lane", "state", "surface"]
    list_select_related = ["unit__branch__conversation", "surface", "reviewer"]
    search_fields = ["public_id", "unit__branch__conversation__external_id"]
    date_hierarchy = "due_at"
    ordering = ["due_at"]


site = Site()
site.register(Standing, StandingAdmin)
site.register(Review, ReviewAdmin)

urlpatterns = [path("admin/", site.urls), path("healthz", healthz, name="healthz")]
