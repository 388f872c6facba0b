"""The index of the models of moderation."""

from moderation.models.appeals import Appeal
from moderation.models.audit import AuditCheckpoint, AuditEntry, AuditNode
from moderation.models.classifications import Classification, TurnScore
from moderation.models.draws import PeriodKey, PlanRate, SamplingPlan, Unit
from moderation.models.exports import Export, ExportFormat, ExportKind
from moderation.models.people import RoleGrant, RoleName, User
from moderation.models.policies import Policy, Threshold
from moderation.models.reviews import Label, LabelCheck, LabelDraft, Opening, Reveal, Review
from moderation.models.verdicts import Finding, Standing, Verdict
from moderation.models.work import Kind, WorkItem

__all__ = [
    "Appeal",
    "AuditCheckpoint",
    "AuditEntry",
    "AuditNode",
    "Classification",
    "Export",
    "ExportFormat",
    "ExportKind",
    "Finding",
    "Kind",
    "Label",
    "LabelCheck",
    "LabelDraft",
    "Opening",
    "PeriodKey",
    "PlanRate",
    "Policy",
    "Reveal",
    "Review",
    "RoleGrant",
    "RoleName",
    "SamplingPlan",
    "Standing",
    "Threshold",
    "TurnScore",
    "Unit",
    "User",
    "Verdict",
    "WorkItem",
]
