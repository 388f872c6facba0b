"""The index of the models of moderation."""

from moderation.models.alarms import LockAlarm
from moderation.models.appeals import Appeal
from moderation.models.audit import AuditCheckpoint, AuditEntry, AuditNode
from moderation.models.browsers import Violation
from moderation.models.bulk import BulkChange, BulkItem
from moderation.models.calibrations import Calibration, Curve
from moderation.models.campaigns import Campaign, Rejudgement
from moderation.models.candidates import CandidateTurn
from moderation.models.certificates import Certificate, ResolvedObjective
from moderation.models.classifications import Classification, TurnScore
from moderation.models.desks import BudgetOverride, Comfort, ContentNote, Desk, Exposure, SavedView
from moderation.models.draws import Enrichment, PeriodKey, PlanRate, PlanStratum, SamplingPlan, Unit
from moderation.models.erasures import Erasure, LegalHold
from moderation.models.evaluations import Evaluation, Figure
from moderation.models.exports import Export, ExportFormat, ExportKind, ExportLink
from moderation.models.golden import GoldenItem
from moderation.models.inbox import FeedbackCase, FeedbackEcho
from moderation.models.judges import HostedJudge, JudgeBatch, JudgeCall
from moderation.models.lineages import Aftermath, FollowUp, Lineage, LineageRun, RequestSignature
from moderation.models.notices import IssuedNotice
from moderation.models.people import RoleGrant, RoleName, User
from moderation.models.plans import PlanProposal, ProposedRate
from moderation.models.policies import Policy, Threshold
from moderation.models.proposals import FlipToRead, PolicyDecision, PolicyWatch, Seal
from moderation.models.quality import KeptAgreement
from moderation.models.readings import ReadingAlarm
from moderation.models.replies import ReplyTemplate
from moderation.models.retention import Retention, RetentionRule, RetentionRun, UnlinkedUnit, Unlinking
from moderation.models.reviews import Label, LabelCheck, LabelDraft, Opening, Reveal, Review
from moderation.models.rooms import Room, RoomAnswer, RoomItem, RoomRemark, RoomResult, RoomSeat
from moderation.models.settlements import Dispute, Recheck, Settlement
from moderation.models.tokens import ApiToken
from moderation.models.unjoined import SetAside, Unjoined
from moderation.models.verdicts import Finding, Standing, Verdict
from moderation.models.verifications import Verification
from moderation.models.webhooks import Delivery, DeliveryTry, WebhookEndpoint, WebhookEvent
from moderation.models.witnesses import AuditCosignature, AuditTimestamp, AuditWitness
from moderation.models.words import Words
from moderation.models.work import Kind, WorkItem

__all__ = [
    "Aftermath",
    "ApiToken",
    "Appeal",
    "AuditCheckpoint",
    "AuditCosignature",
    "AuditEntry",
    "AuditNode",
    "AuditTimestamp",
    "AuditWitness",
    "BudgetOverride",
    "BulkChange",
    "BulkItem",
    "Calibration",
    "Campaign",
    "CandidateTurn",
    "Certificate",
    "Classification",
    "Comfort",
    "ContentNote",
    "Curve",
    "Delivery",
    "DeliveryTry",
    "Desk",
    "Dispute",
    "Enrichment",
    "Erasure",
    "Evaluation",
    "Export",
    "ExportFormat",
    "ExportKind",
    "ExportLink",
    "Exposure",
    "FeedbackCase",
    "FeedbackEcho",
    "Figure",
    "Finding",
    "FlipToRead",
    "FollowUp",
    "GoldenItem",
    "HostedJudge",
    "IssuedNotice",
    "JudgeBatch",
    "JudgeCall",
    "KeptAgreement",
    "Kind",
    "Label",
    "LabelCheck",
    "LabelDraft",
    "LegalHold",
    "Lineage",
    "LineageRun",
    "LockAlarm",
    "Opening",
    "PeriodKey",
    "PlanProposal",
    "PlanRate",
    "PlanStratum",
    "Policy",
    "PolicyDecision",
    "PolicyWatch",
    "ProposedRate",
    "ReadingAlarm",
    "Recheck",
    "Rejudgement",
    "ReplyTemplate",
    "RequestSignature",
    "ResolvedObjective",
    "Retention",
    "RetentionRule",
    "RetentionRun",
    "Reveal",
    "Review",
    "RoleGrant",
    "RoleName",
    "Room",
    "RoomAnswer",
    "RoomItem",
    "RoomRemark",
    "RoomResult",
    "RoomSeat",
    "SamplingPlan",
    "SavedView",
    "Seal",
    "SetAside",
    "Settlement",
    "Standing",
    "Threshold",
    "TurnScore",
    "Unit",
    "Unjoined",
    "UnlinkedUnit",
    "Unlinking",
    "User",
    "Verdict",
    "Verification",
    "Violation",
    "WebhookEndpoint",
    "WebhookEvent",
    "Words",
    "WorkItem",
]
