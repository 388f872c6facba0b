"""The addresses under `/api/v1/` that DRF serves, with their OpenAPI schema."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from console.api.alarms import Alarms, LooseEnds
from console.api.appeals import Appeals
from console.api.audit import Entries
from console.api.bulk import Bulk
from console.api.campaigns import Campaigns
from console.api.classifiers import Calibrations, Classifiers, Evaluations
from console.api.deliveries import Deliveries
from console.api.desk import Desks, Views
from console.api.endings import Endings
from console.api.endpoints import urlpatterns as endpoints
from console.api.erasures import Erasures, Holds
from console.api.exports import Exports
from console.api.feedback import FeedbackList
from console.api.golden import GoldenItems
from console.api.keyboard import Keyboards
from console.api.lineages import Lineages
from console.api.monitoring import Monitoring
from console.api.people import People
from console.api.policies import Policies
from console.api.promises import PromiseUnits
from console.api.quality import Quality
from console.api.quarantine import Quarantine
from console.api.readings import Openings, ReadingAlarms
from console.api.replies import Replies
from console.api.retention import Retentions
from console.api.reviews import Reviews
from console.api.rooms import Rooms
from console.api.sampling import PlanChanges, Sampling
from console.api.schema import Schema
from console.api.surfaces import Surfaces
from console.api.tokens import Tokens
from console.api.units import Continued, RefusedRequests, Units
from console.api.verifications import Verifications
from console.api.work import Work
from moderation.states import Promise

router = SimpleRouter()
router.register("endings", Endings, basename="api-ending")
router.register(f"promises/(?P<promise>{'|'.join(Promise)})/units", PromiseUnits, basename="api-promise-unit")
router.register("refused", RefusedRequests, basename="api-refused")
router.register("continued", Continued, basename="api-continued")
router.register("units", Units, basename="api-unit")
router.register("reviews", Reviews, basename="api-review")
router.register("bulk", Bulk, basename="api-bulk")
router.register("desk", Desks, basename="api-desk")
router.register("views", Views, basename="api-view")
router.register("quality", Quality, basename="api-quality")
router.register("rooms", Rooms, basename="api-room")
router.register("golden", GoldenItems, basename="api-golden")
router.register("feedback", FeedbackList, basename="api-feedback")
router.register("appeals", Appeals, basename="api-appeal")
router.register("replies", Replies, basename="api-reply")
router.register("lineages", Lineages, basename="api-lineage")
router.register("policies", Policies, basename="api-policy")
router.register("classifiers", Classifiers, basename="api-classifier")
router.register("evaluations", Evaluations, basename="api-evaluation")
router.register("calibrations", Calibrations, basename="api-calibration")
router.register("campaigns", Campaigns, basename="api-campaign")
router.register("monitoring", Monitoring, basename="api-monitoring")
router.register("sampling/changes", PlanChanges, basename="api-plan-change")
router.register("sampling", Sampling, basename="api-sampling")
router.register("audit", Entries, basename="api-entry")
router.register("verifications", Verifications, basename="api-verification")
router.register("tokens", Tokens, basename="api-token")
router.register("exports", Exports, basename="api-export")
router.register("erasures", Erasures, basename="api-erasure")
router.register("holds", Holds, basename="api-hold")
router.register("retention", Retentions, basename="api-retention")
router.register("openings", Openings, basename="api-opening")
router.register("reading-alarms", ReadingAlarms, basename="api-reading-alarm")
router.register("quarantine", Quarantine, basename="api-quarantined")
router.register("work", Work, basename="api-work")
router.register("surfaces", Surfaces, basename="api-surface")
router.register("alarms", Alarms, basename="api-alarm")
router.register("unjoined", LooseEnds, basename="api-loose-end")
router.register("people", People, basename="api-person")
router.register("deliveries", Deliveries, basename="api-delivery")

urlpatterns = [
    *router.urls,
    *endpoints,
    path("keyboard/", Keyboards.as_view({"get": "list", "put": "update"}), name="api-keyboard"),
    path("schema/", Schema.as_view(), name="api-schema"),
]
