"""The addresses under `/api/v1/` that DRF serves, with their OpenAPI schema."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.routers import SimpleRouter

from console.api.audit import Entries
from console.api.endings import Endings
from console.api.exports import Exports
from console.api.feedback import FeedbackList
from console.api.policies import Policies
from console.api.quarantine import Quarantine
from console.api.reviews import Reviews

router = SimpleRouter()
router.register("endings", Endings, basename="api-ending")
router.register("reviews", Reviews, basename="api-review")
router.register("feedback", FeedbackList, basename="api-feedback")
router.register("policies", Policies, basename="api-policy")
router.register("audit", Entries, basename="api-entry")
router.register("exports", Exports, basename="api-export")
router.register("quarantine", Quarantine, basename="api-quarantined")

urlpatterns = [
    *router.urls,
    path("schema/", SpectacularAPIView.as_view(permission_classes=[IsAuthenticated]), name="api-schema"),
]
