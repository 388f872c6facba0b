"""All addresses, by noun. `/api/v1/events` and its like have no trailing slash, all others do."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, register_converter

from console.api.events import events
from console.api.router import urlpatterns as api
from console.converters import PublicId
from console.views import (
    appeals,
    audit,
    endings,
    exports,
    feedback,
    health,
    home,
    people,
    policies,
    quarantine,
    reviews,
    search,
    styleguide,
    surfaces,
    work,
)

register_converter(PublicId, "id")

handler403 = "console.views.errors.refused"
handler404 = "console.views.errors.missing"
handler500 = "console.views.errors.broken"

review_pages = [
    path("", reviews.queue, name="reviews"),
    path("next/", reviews.next_review, name="next-review"),
    path("<id:public_id>/", reviews.review, name="review"),
    path("<id:public_id>/claim/", reviews.claim, name="claim-review"),
    path("<id:public_id>/extend/", reviews.extend, name="extend-review"),
    path("<id:public_id>/release/", reviews.release, name="release-review"),
    path("<id:public_id>/submit/", reviews.submit, name="submit-review"),
    path("<id:public_id>/undo/", reviews.undo, name="undo-review"),
    path("<id:public_id>/reveal/", reviews.reveal, name="reveal-review"),
]
ending_pages = [
    path("", endings.endings, name="endings"),
    path("<id:public_id>/", endings.ending, name="ending"),
    path("<id:public_id>/open/", endings.open_ending, name="open-ending"),
]
audit_pages = [
    path("", audit.entries, name="audit"),
    path("verify/", audit.verify, name="verify-log"),
    path("<int:index>/", audit.entry, name="entry"),
]
export_pages = [
    path("", exports.exports, name="exports"),
    path("new/", exports.request_new, name="request-export"),
    path("<id:public_id>/download/", exports.download, name="download-export"),
]
appeal_pages = [
    path("", appeals.appeals, name="appeals"),
    path("<id:public_id>/take/", appeals.take, name="take-appeal"),
    path("<id:public_id>/decide/", appeals.decide, name="decide-appeal"),
]
quarantine_pages = [
    path("", quarantine.quarantine, name="quarantine"),
    path("<id:public_id>/", quarantine.quarantined, name="quarantined"),
    path("<id:public_id>/open/", quarantine.open_body, name="open-quarantined"),
    path("<id:public_id>/replay/", quarantine.replay, name="replay-quarantined"),
    path("<id:public_id>/discard/", quarantine.discard, name="discard-quarantined"),
]
surface_pages = [
    path("", surfaces.surfaces, name="surfaces"),
    path("<str:public_id>/", surfaces.surface, name="surface"),
    path("<str:public_id>/keys/", surfaces.add_key, name="add-key"),
    path("<str:public_id>/keys/<str:key_id>/revoke/", surfaces.revoke_key, name="revoke-key"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", login_not_required(people.SignIn.as_view()), name="sign-in"),
    path("sign-out/", people.sign_out, name="sign-out"),
    path("healthz", health.healthz, name="healthz"),
    path("reviews/", include(review_pages)),
    path("endings/", include(ending_pages)),
    path("feedback/", feedback.feedback, name="feedback"),
    path("appeals/", include(appeal_pages)),
    path("policies/", policies.policies, name="policies"),
    path("policies/<int:version>/", policies.policy, name="policy"),
    path("audit/", include(audit_pages)),
    path("exports/", include(export_pages)),
    path("quarantine/", include(quarantine_pages)),
    path("work/", work.work, name="work"),
    path("work/<int:item_id>/retry/", work.retry, name="retry-work"),
    path("surfaces/", include(surface_pages)),
    path("search/", search.search, name="search"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("api/v1/events", events, name="events"),
    path("api/v1/", include(api)),
]
