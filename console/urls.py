"""All addresses, by noun. `/api/v1/events` and its like have no trailing slash, all others do."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, register_converter

from console.api import log, receipts
from console.api.events import events
from console.api.published import published
from console.api.router import urlpatterns as api
from console.converters import PublicId
from console.views import (
    alarms,
    allocations,
    appeals,
    audit,
    bulk,
    campaigns,
    classifiers,
    criteria,
    desk,
    drafts,
    endings,
    erasures,
    explorer,
    exports,
    feedback,
    flips,
    golden,
    health,
    holds,
    home,
    impacts,
    labels,
    ledger,
    lineages,
    monitoring,
    notices,
    people,
    plans,
    policies,
    promises,
    proposals,
    quality,
    quarantine,
    queue,
    readings,
    reference,
    replies,
    retention,
    reviews,
    rooms,
    sampling,
    search,
    settings,
    signing,
    styleguide,
    surfaces,
    tokens,
    transparency,
    units,
    unjoined,
    violations,
    webhooks,
    work,
)

register_converter(PublicId, "id")

handler403 = "console.views.errors.refused"
handler404 = "console.views.errors.missing"
handler500 = "console.views.errors.broken"

desk_pages = [
    path("", desk.desk, name="desk"),
    path("break/", desk.pause, name="begin-break"),
    path("resume/", desk.resume, name="end-break"),
    path("override/", desk.override, name="override-budget"),
]
view_pages = [
    path("save/", desk.save_view, name="save-view"),
    path("<id:public_id>/delete/", desk.delete_view, name="delete-view"),
]
review_pages = [
    path("", queue.queue, name="reviews"),
    path("bulk/", bulk.change, name="bulk-reviews"),
    path("bulk/<id:public_id>/", bulk.changed, name="bulk-change"),
    path("bulk/<id:public_id>/undo/", bulk.undo, name="undo-bulk"),
    path("next/", queue.next_review, name="next-review"),
    path("<id:public_id>/", reviews.review, name="review"),
    path("<id:public_id>/claim/", queue.claim, name="claim-review"),
    path("<id:public_id>/extend/", reviews.extend, name="extend-review"),
    path("<id:public_id>/release/", reviews.release, name="release-review"),
    path("<id:public_id>/submit/", reviews.submit, name="submit-review"),
    path("<id:public_id>/undo/", reviews.undo, name="undo-review"),
    path("<id:public_id>/reveal/", reviews.reveal, name="reveal-review"),
    path("<id:public_id>/pass-on/", labels.pass_on, name="pass-on-review"),
    path("<id:public_id>/escalate/", labels.escalate, name="escalate-review"),
    path("<id:public_id>/amend/", labels.amend, name="amend-review"),
    path("<id:public_id>/dispute/", labels.dispute, name="dispute-review"),
]
quality_pages = [
    path("", quality.quality, name="quality"),
    path("me/", quality.own, name="own-quality"),
    path("<str:pseudonym>/", quality.reader, name="reader-quality"),
]
room_pages = [
    path("", rooms.rooms, name="rooms"),
    path("open/", rooms.open_new, name="open-room"),
    path("<id:public_id>/", rooms.room, name="room"),
    path("<id:public_id>/reveal/", rooms.reveal, name="reveal-room"),
    path("<id:public_id>/call-off/", rooms.call_off, name="cancel-room"),
    path("<id:public_id>/<int:place>/", rooms.item, name="room-item"),
    path("<id:public_id>/<int:place>/answer/", rooms.answer, name="answer-room"),
    path("<id:public_id>/<int:place>/remark/", rooms.remark, name="remark-room"),
    path("<id:public_id>/<int:place>/conclude/", rooms.conclude, name="conclude-room"),
]
golden_pages = [
    path("", golden.golden_items, name="golden"),
    path("<id:public_id>/", golden.golden_item, name="golden-item"),
    path("<id:public_id>/retire/", golden.retire, name="retire-golden-item"),
]
ending_pages = [
    path("", explorer.endings, name="endings"),
    path("facets/", explorer.ending_facets, name="ending-facets"),
    path("ids.csv", explorer.ending_ids, name="ending-ids"),
    path("refused/", units.refused, name="refused-requests"),
    path("refused/facets/", units.refused_facets, name="refused-facets"),
    path("refused/ids.csv", units.refused_ids, name="refused-ids"),
    path("continued/", units.continued, name="continued"),
    path("continued/facets/", units.continued_facets, name="continued-facets"),
    path("continued/ids.csv", units.continued_ids, name="continued-ids"),
    path("units/<id:public_id>/", units.unit, name="unit"),
    path("units/<id:public_id>/open/", units.open_unit, name="open-unit"),
    path("units/<id:public_id>/break-glass/", units.break_unit_glass, name="break-glass-unit"),
    path("<id:public_id>/", endings.ending, name="ending"),
    path("<id:public_id>/open/", endings.open_ending, name="open-ending"),
    path("<id:public_id>/break-glass/", endings.break_ending_glass, name="break-glass-ending"),
    path("<id:public_id>/notice/", notices.notice, name="notice-ending"),
    path("<id:public_id>/notice/issue/", notices.issue, name="issue-notice-ending"),
    path("<id:public_id>/notice/<int:version>/", notices.issued, name="issued-notice-ending"),
    path("<id:public_id>/presence/", endings.presence, name="presence-ending"),
    path("<id:public_id>/crisis/", endings.crisis, name="crisis-ending"),
    path("<id:public_id>/nominate/", golden.nominate, name="nominate-ending"),
]
policy_pages = [
    path("", policies.policies, name="policies"),
    path("<int:version>/", policies.policy, name="policy"),
    path("draft/", drafts.new_draft, name="new-draft"),
    path("<int:version>/draft/", drafts.draft, name="draft"),
    path("<int:version>/objective/", drafts.objective, name="resolve-objective"),
    path("<int:version>/impact/", impacts.impact, name="impact"),
    path("<int:version>/seal/", proposals.seal, name="seal-policy"),
    path("<int:version>/approve/", proposals.approve, name="approve-policy"),
    path("<int:version>/return/", proposals.give_back, name="return-policy"),
    path("<int:version>/cancel/", proposals.cancel, name="cancel-policy"),
    path("<int:version>/restore/", proposals.restore, name="restore-policy"),
    path("<int:version>/schedule/", proposals.schedule, name="schedule-policy"),
    path("<int:version>/roll-back/", proposals.roll_back, name="roll-back-policy"),
    path("<int:version>/flips/<id:public_id>/", flips.flip, name="flip"),
]
classifier_pages = [
    path("", classifiers.classifiers, name="classifiers"),
    path("calibrations/", classifiers.propose, name="propose-calibration"),
    path("calibrations/<int:version>/", classifiers.calibration, name="calibration"),
    path("calibrations/<int:version>/approve/", classifiers.approve, name="approve-calibration"),
    path("calibrations/<int:version>/refuse/", classifiers.refuse, name="refuse-calibration"),
]
sampling_pages = [
    path("", sampling.sampling, name="sampling"),
    path("allocation/", allocations.allocation, name="allocation"),
    path("change/", plans.propose, name="propose-plan"),
    path("changes/<id:public_id>/", plans.proposal, name="plan-proposal"),
    path("changes/<id:public_id>/approve/", plans.approve, name="approve-plan"),
    path("changes/<id:public_id>/refuse/", plans.refuse, name="refuse-plan"),
]
campaign_pages = [
    path("", campaigns.campaigns, name="campaigns"),
    path("<id:public_id>/", campaigns.campaign, name="campaign"),
    path("<id:public_id>/pause/", campaigns.pause, name="pause-campaign"),
    path("<id:public_id>/resume/", campaigns.resume, name="resume-campaign"),
    path("<id:public_id>/retry/", campaigns.retry, name="retry-campaign"),
    path("<id:public_id>/stop/", campaigns.stop, name="stop-campaign"),
]
audit_pages = [
    path("", audit.entries, name="audit"),
    path("sampling/", ledger.ledger, name="sampling-ledger"),
    path("verify/", audit.verify, name="verify-log"),
    path("verify/verify_bundle.py", audit.verifier, name="verifier"),
    path("verify/<id:public_id>/", audit.verification, name="verification"),
    path("<int:index>/", audit.entry, name="entry"),
]
log_doors = [
    path("checkpoint", log.checkpoint, name="log-checkpoint"),
    path("tile/entries/<path:path>", log.entries, name="log-entries"),
    path("tile/<path:path>", log.tile, name="log-tile"),
    path("proof/<uuid:entry_id>", log.proof, name="log-proof"),
    path("<int:log>/checkpoint", log.checkpoint, name="nth-log-checkpoint"),
    path("<int:log>/tile/entries/<path:path>", log.entries, name="nth-log-entries"),
    path("<int:log>/tile/<path:path>", log.tile, name="nth-log-tile"),
]
export_pages = [
    path("", exports.exports, name="exports"),
    path("new/", exports.request_new, name="request-export"),
    path("transparency/", transparency.transparency, name="transparency"),
    path("fetch/<str:secret>/", exports.fetch, name="fetch-export"),
    path("<id:public_id>/", exports.export, name="export"),
    path("<id:public_id>/approve/", exports.approve, name="approve-export"),
    path("<id:public_id>/refuse/", exports.refuse, name="refuse-export"),
    path("<id:public_id>/link/", exports.link, name="link-export"),
    path("<id:public_id>/download/", exports.download, name="download-export"),
]
reading_pages = [
    path("", readings.alarms, name="readings"),
    path("openings/", readings.openings, name="openings"),
    path("<id:public_id>/", readings.alarm, name="reading-alarm"),
    path("<id:public_id>/examine/", readings.examine, name="examine-reading-alarm"),
]
erasure_pages = [
    path("", erasures.erasures, name="erasures"),
    path("new/", erasures.request_new, name="request-erasure"),
    path("holds/", holds.holds, name="holds"),
    path("holds/new/", holds.place, name="place-hold"),
    path("holds/<id:public_id>/", holds.hold, name="hold"),
    path("holds/<id:public_id>/extend/", holds.extend, name="extend-hold"),
    path("holds/<id:public_id>/ask-release/", holds.ask_release, name="ask-release-hold"),
    path("holds/<id:public_id>/release/", holds.release, name="release-hold"),
    path("holds/<id:public_id>/keep/", holds.keep, name="keep-hold"),
    path("retention/", retention.retention, name="retention"),
    path("retention/new/", retention.propose, name="propose-retention"),
    path("retention/<int:version>/", retention.rules, name="retention-rules"),
    path("retention/<int:version>/approve/", retention.approve, name="approve-retention"),
    path("retention/<int:version>/refuse/", retention.refuse, name="refuse-retention"),
    path("<id:public_id>/", erasures.erasure, name="erasure"),
    path("<id:public_id>/approve/", erasures.approve, name="approve-erasure"),
    path("<id:public_id>/refuse/", erasures.refuse, name="refuse-erasure"),
    path("<id:public_id>/certificate.json", erasures.certificate, name="certificate-erasure"),
]
appeal_pages = [
    path("", appeals.appeals, name="appeals"),
    path("<id:public_id>/take/", appeals.take, name="take-appeal"),
    path("<id:public_id>/return/", appeals.give_back, name="return-appeal"),
    path("<id:public_id>/withdraw/", appeals.withdraw, name="withdraw-appeal"),
    path("<id:public_id>/decide/", appeals.decide, name="decide-appeal"),
]
feedback_pages = [
    path("", feedback.feedback, name="feedback"),
    path("bulk/", feedback.bulk, name="bulk-feedback"),
    path("<id:public_id>/", feedback.piece, name="feedback-piece"),
    path("<id:public_id>/open/", feedback.open_feedback, name="open-feedback"),
    path("<id:public_id>/link/", feedback.link, name="link-feedback"),
    path("<id:public_id>/report/", feedback.report, name="report-feedback"),
    path("<id:public_id>/reply/", feedback.reply, name="reply-feedback"),
    path("<id:public_id>/close/", feedback.close, name="end-feedback"),
    path("<id:public_id>/close-echoes/", feedback.close_echoes, name="end-echoes-of-feedback"),
    path("<id:public_id>/reopen/", feedback.reopen, name="reopen-feedback"),
]
reply_pages = [
    path("", replies.replies, name="replies"),
    path("new/", replies.new_reply, name="new-reply"),
    path("write/", replies.write, name="write-reply"),
    path("<id:public_id>/retire/", replies.retire, name="retire-reply"),
]
quarantine_pages = [
    path("", quarantine.quarantine, name="quarantine"),
    path("<id:public_id>/", quarantine.quarantined, name="quarantined"),
    path("<id:public_id>/open/", quarantine.open_body, name="open-quarantined"),
    path("<id:public_id>/replay/", quarantine.replay, name="replay-quarantined"),
    path("<id:public_id>/discard/", quarantine.discard, name="discard-quarantined"),
]
lineage_pages = [
    path("", lineages.lineages, name="lineages"),
    path("run/", lineages.run, name="lineage-run"),
    path("update/", lineages.update, name="update-lineages"),
    path("<id:public_id>/", lineages.lineage, name="lineage"),
    path("<id:public_id>/open/", lineages.open_step, name="open-lineage"),
]
surface_pages = [
    path("", surfaces.surfaces, name="surfaces"),
    path("<str:public_id>/", surfaces.surface, name="surface"),
    path("<str:public_id>/keys/", surfaces.add_key, name="add-key"),
    path("<str:public_id>/keys/<str:key_id>/revoke/", surfaces.revoke_key, name="revoke-key"),
]
surface_pages += [
    path("<id:public_id>/endpoint/", webhooks.endpoint, name="endpoint"),
    path("<id:public_id>/endpoint/set/", webhooks.set_address, name="set-endpoint"),
    path("<id:public_id>/endpoint/rotate/", webhooks.rotate, name="rotate-endpoint"),
    path("<id:public_id>/endpoint/close/", webhooks.close, name="close-endpoint"),
    path("<id:public_id>/endpoint/test/", webhooks.test, name="test-endpoint"),
]
delivery_pages = [
    path("", webhooks.deliveries, name="deliveries"),
    path("<id:public_id>/", webhooks.delivery, name="delivery"),
    path("<id:public_id>/again/", webhooks.again, name="send-again"),
]

people_pages = [
    path("", people.people, name="people"),
    path("add/", people.add, name="add-person"),
    path("<str:pseudonym>/", people.one, name="person"),
    path("<str:pseudonym>/grant/", people.grant, name="grant-role"),
    path("<str:pseudonym>/revoke/", people.revoke, name="revoke-role"),
    path("<str:pseudonym>/deactivate/", people.deactivate, name="deactivate-person"),
    path("<str:pseudonym>/activate/", people.activate, name="activate-person"),
    path("<str:pseudonym>/password/", people.reset, name="reset-password"),
]
setting_pages = [
    path("", settings.profile, name="settings"),
    path("keyboard/", settings.keyboard, name="keyboard"),
    path("keyboard/reset/", settings.reset_keyboard, name="reset-keyboard"),
    path("keyboard/switch/", settings.switch, name="switch-keys"),
    path("roles/", settings.roles, name="roles"),
    path("roles/view/", settings.view, name="view-as"),
    path("roles/back/", settings.back, name="end-view"),
    path("password/", signing.password, name="own-password"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<id:public_id>/revoke/", tokens.revoke, name="revoke-token"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", login_not_required(signing.SignIn.as_view()), name="sign-in"),
    path("sign-out/", signing.sign_out, name="sign-out"),
    path("healthz", health.healthz, name="healthz"),
    path("csp-reports", violations.violations, name="csp-reports"),
    path("reviews/", include(review_pages)),
    path("desk/", include(desk_pages)),
    path("settings/comfort/", desk.comfort, name="comfort"),
    path("views/", include(view_pages)),
    path("endings/", include(ending_pages)),
    path("quality/", include(quality_pages)),
    path("calibration/", include(room_pages)),
    path("golden/", include(golden_pages)),
    path("feedback/", include(feedback_pages)),
    path("replies/", include(reply_pages)),
    path("appeals/", include(appeal_pages)),
    path("lineages/", include(lineage_pages)),
    path("policies/", include(policy_pages)),
    path("promises/", promises.promises, name="promises"),
    path("promises/<str:promise>/units/", promises.units, name="promise-units"),
    path("promises/weigh/", promises.weigh, name="weigh-promises"),
    path("monitoring/", monitoring.monitoring, name="monitoring"),
    path("sampling/", include(sampling_pages)),
    path("criteria/", criteria.criteria, name="criteria"),
    path("classifiers/", include(classifier_pages)),
    path("campaigns/", include(campaign_pages)),
    path("audit/", include(audit_pages)),
    path("log/", include(log_doors)),
    path("exports/", include(export_pages)),
    path("erasure/", include(erasure_pages)),
    path("readings/", include(reading_pages)),
    path("quarantine/", include(quarantine_pages)),
    path("work/", work.work, name="work"),
    path("work/<int:item_id>/", work.dead, name="dead-work"),
    path("work/<int:item_id>/retry/", work.retry, name="retry-work"),
    path("work/<int:item_id>/discard/", work.discard, name="discard-work"),
    path("surfaces/", include(surface_pages)),
    path("deliveries/", include(delivery_pages)),
    path("alarms/", alarms.alarms, name="alarms"),
    path("alarms/<id:public_id>/", alarms.alarm, name="alarm"),
    path("alarms/<id:public_id>/acknowledge/", alarms.acknowledge, name="acknowledge-alarm"),
    path("unjoined/", unjoined.unjoined, name="unjoined"),
    path("unjoined/<str:loose_id>/", unjoined.loose_end, name="loose-end"),
    path("unjoined/<str:loose_id>/set-aside/", unjoined.put_aside, name="set-aside"),
    path("people/", include(people_pages)),
    path("settings/", include(setting_pages)),
    path("search/", search.search, name="search"),
    path("reference/", reference.reference, name="reference"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("log/receipts/<uuid:entry_id>/proof", receipts.proof, name="receipt-proof"),
    path("api/v1/events", events, name="events"),
    path("api/v1/policy", published, name="published-policy"),
    path("api/v1/receipts/<uuid:entry_id>/salt/", receipts.salt, name="receipt-salt"),
    path("api/v1/", include(api)),
]
