"""Take away what points at a person once text is long gone: names, owners, and what ties one conversation to another.

1. A conversation is due so many days after the last step of each of its branches, as the rule for their category and outcome says; never
   while any text of it is left, an appeal of it is open, a legal hold keeps it, or the key of its draw is not published.
2. It gets random names and an owner of its own, who owns nothing else and has no key. Notes and answers of judges take no edit, and no code
   path can open them any more. Once nothing is left of the person who was its owner, their key dies too.
3. Nothing that was decided goes: verdicts, findings, labels, settlements, counts and times stay as they are, so every rate and certificate
   of the past comes out as before. No guard of the database is opened for this.
4. What was drawn stays provable: each unit is checked against the published key first, and one with a fault keeps its names. Its line of
   the ledger becomes a leaf of a tree whose root stands in the entry (`draw_ledger`); `verify_draw` makes both again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from django.db.models import Case, DateTimeField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from conversations import vault
from conversations.adapters.cloudevents import stand_in
from conversations.models import Branch, Conversation, ConversationEnd, Feedback, JoinedLater, MessageSignal, Subject, Transcript
from moderation import draw_ledger
from moderation.actions.joins import LATER
from moderation.audit.events import Event, Target, service
from moderation.audit.log import record
from moderation.draw_check import misdrawn
from moderation.models import (
    Aftermath,
    Appeal,
    Delivery,
    FollowUp,
    Lineage,
    RetentionRun,
    Unit,
    UnlinkedUnit,
    Unlinking,
)
from moderation.states import DeliveryState

if TYPE_CHECKING:
    from moderation.actions.retention import Rule

UNLINKER = service("retention")
UNLINKED = "unlinked:"


def past(rules: Sequence[Rule], free: QuerySet[Branch], at: datetime) -> QuerySet[Branch]:
    """Return branches that nothing keeps and whose names are past their time, each under the first rule that fits it.

    Args:
        rules: in their order of precedence; the last fits everything.
        free: branches under no hold and no open appeal.
        at: now.
    """
    *exact, other = ((rule.matches, Value(at - timedelta(days=rule.unlinked_after))) for rule in rules)
    cutoff = Case(*(When(matches, then=moment) for matches, moment in exact), default=other[1], output_field=DateTimeField())
    return free.filter(~Exists(_texts())).annotate(last=_last_step(), cutoff=cutoff).filter(last__lt=F("cutoff"))


def _texts() -> QuerySet[Transcript]:
    return Transcript.objects.filter(branch=OuterRef("pk")).exclude(sealed=b"")


def _last_step() -> Greatest:
    """Return the latest of what happened with a branch; PostgreSQL's GREATEST passes over what never did."""
    heard = {
        kind: kind.objects.filter(branch=OuterRef("pk")).order_by().values("branch").annotate(last=Max(moment)).values("last")
        for kind, moment in ((Transcript, "received_at"), (Feedback, "received_at"), (Appeal, Coalesce("decided_at", "filed_at")))
    }
    return Greatest(F("created_at"), F("ending__requested_at"), *(Subquery(rows) for rows in heard.values()))


def due(rules: Sequence[Rule], free: QuerySet[Branch], at: datetime) -> QuerySet[Conversation]:
    """Return the conversations all of whose branches are past their time, and whose draw can be checked by anybody."""
    oldest = at - timedelta(days=min(rule.unlinked_after for rule in rules))
    kept = Branch.objects.filter(conversation=OuterRef("pk")).exclude(pk__in=past(rules, free, at).values("pk"))
    secret = Unit.objects.filter(branch__conversation=OuterRef("pk"), period__revealed_at=None)
    return Conversation.objects.filter(~Exists(kept), ~Exists(secret), unlinked_at=None, received_at__lt=oldest)


def unlink(run: RetentionRun, waiting: QuerySet[Conversation], room: int) -> bool:
    """Unlink, in the running transaction, the next conversations of a night; returns whether there may be more.

    The lock of holds is held. Rows are locked before they are looked at again; one that a sender is just adding to waits for another night.
    """
    following = waiting.filter(pk__gt=run.cursor) if run.cursor else waiting
    seen = list(following.order_by("pk").values_list("pk", flat=True)[:room])
    if not seen:
        return False
    free = Conversation.objects.select_for_update(of=["self"], skip_locked=True).filter(pk__in=seen)
    held = list(free.order_by("pk").values_list("pk", flat=True))
    chosen = waiting.filter(pk__in=held).exclude(branches__public_id__in=_faulty(held))
    if conversations := {one.pk: one for one in chosen}:
        _take_away(run, conversations)
    run.cursor, run.unlinked = seen[-1], run.unlinked + len(conversations)
    return True


def _faulty(conversations: Sequence[UUID]) -> list[str]:
    """Return the branches that were not drawn as their names and keys say: nobody could show it once the names are gone."""
    units = Unit.objects.filter(branch__conversation__in=conversations)
    return [fault.item for faults in misdrawn(units) for fault in faults]


def _take_away(run: RetentionRun, conversations: Mapping[UUID, Conversation]) -> None:
    unlinking = Unlinking.objects.create(run=run)
    leaves = _hash_names(unlinking, conversations)
    former = _owners(conversations)
    _untie(conversations)
    _rename(conversations)
    run.keys = [str(one) for one in leave_nobody(former)]
    record(
        Event.METADATA_UNLINKED,
        Target("unlinking", str(unlinking.pk)),
        actor=UNLINKER,
        conversations=len(conversations),
        units=len(leaves),
        root=draw_ledger.root(leaves),
    )


def _hash_names(unlinking: Unlinking, conversations: Collection[UUID]) -> list[bytes]:
    """Let each unit's name be its hash, and keep its leaf; returns the leaves in their order."""
    related = "branch", "plan", "period"
    units = list(Unit.objects.filter(branch__conversation__in=conversations).select_related(*related).order_by("pk"))
    leaves = [draw_ledger.leaf(unit) for unit in units]
    for unit in units:
        unit.name = draw_ledger.hashed(unit.name)
    Unit.objects.bulk_update(units, ["name"])
    UnlinkedUnit.objects.bulk_create(
        UnlinkedUnit(unit=unit, unlinking=unlinking, place=place, leaf=leaf)
        for place, (unit, leaf) in enumerate(zip(units, leaves, strict=True))
    )
    return leaves


def _owners(conversations: Mapping[UUID, Conversation]) -> set[UUID]:
    """Return whose these conversations are, who spoke of them before they came, and who stood in for their owners until then."""
    found = {one.subject_id for one in conversations.values()}
    standins: defaultdict[UUID, list[str]] = defaultdict(list)
    for one in conversations.values():
        standins[one.surface_id].append(stand_in(one.external_id))
    for surface, names in standins.items():
        found |= set(Subject.objects.filter(surface=surface, pseudonym__in=names).values_list("pk", flat=True))
    for kind in (Feedback, Appeal):
        found |= set(kind.objects.filter(branch__conversation__in=conversations).values_list("subject", flat=True))
    return found


def _untie(conversations: Collection[UUID]) -> None:
    """Delete what leads from one conversation to another of the same person, and what their surface was told of them, by its names."""
    ours = Q(branch__conversation__in=conversations)
    FollowUp.objects.filter(conversation__in=conversations).delete()
    # what came after one of them loses its tie too; the next run finds it another root
    Aftermath.objects.filter(Q(ending__branch__conversation__in=conversations) | Q(lineage__root__in=conversations)).delete()
    Lineage.objects.filter(aftermaths=None).delete()
    about = [name for kind in (ConversationEnd, Feedback, Appeal) for name in kind.objects.filter(ours).values_list("public_id", flat=True)]
    Delivery.objects.filter(about__in=about).exclude(state=DeliveryState.WAITING).delete()


def _rename(conversations: Mapping[UUID, Conversation]) -> None:
    """Give conversations and branches random names, and each conversation an owner that owns nothing else."""
    now = timezone.now()
    for one in conversations.values():
        one.subject = Subject(surface_id=one.surface_id, pseudonym=anything())
        one.external_id, one.unlinked_at = anything(), now
    Subject.objects.bulk_create([one.subject for one in conversations.values()])
    Conversation.objects.bulk_update(conversations.values(), ["subject", "external_id", "unlinked_at"])
    branches = list(Branch.objects.filter(conversation__in=conversations))
    names: defaultdict[tuple[UUID, str], str] = defaultdict(anything)
    for branch in branches:
        branch.external_id = names[branch.conversation_id, branch.external_id]
        branch.parent_external_id = branch.parent_external_id and names[branch.conversation_id, branch.parent_external_id]
    Branch.objects.bulk_update(branches, ["external_id", "parent_external_id"])
    for kind in LATER:
        _rename_later(kind, conversations)


def _rename_later(kind: type[JoinedLater], conversations: Collection[UUID]) -> None:
    told = Branch.objects.filter(pk=OuterRef("branch"))
    changed = {"conversation_external_id": "conversation__external_id", "branch_external_id": "external_id"}
    changed |= {"subject_id": "conversation__subject"} if kind is not MessageSignal else {}
    kind.objects.filter(branch__conversation__in=conversations).update(
        **{name: Subquery(told.values(source)) for name, source in changed.items()}
    )


def anything() -> str:
    """Return a random name that points at nobody."""
    return f"{UNLINKED}{uuid4()}"


def leave_nobody(owners: Collection[UUID]) -> list[UUID]:
    """Delete the rows of people of whom nothing is left; returns whose keys may die with them."""
    nobody = Subject.objects.filter(pk__in=owners, conversations=None, feedback=None, appeals=None, erasures=None)
    gone = list(nobody.values_list("pk", flat=True))
    Subject.objects.filter(pk__in=gone).delete()
    return gone


def destroy_left_keys() -> None:
    """Destroy, for good, the keys of people whose rows a committed batch of any night deleted; a second try does no harm."""
    for run in RetentionRun.objects.exclude(keys=[]):
        for one in run.keys:
            vault.store().destroy(UUID(one))
        RetentionRun.objects.filter(pk=run.pk, keys=run.keys).update(keys=[])
