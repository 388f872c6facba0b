"""Refused requests to end and conversations that went on, in the API: as lists, and one by one by the id of its branch; never a word."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters.utils import translate_validation
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.endings import ReadPolicyReplay
from console.api.facets import ReadFacet
from console.api.openings import Opens
from console.api.pages import KeysetPagination
from console.blinding import is_masked
from console.converters import PUBLIC_ID
from console.roles import Can, person
from console.unended import SHOWN, ContinuedFilter, RefusedFilter, UnendedFilter, continued_to, measured, refused_to
from console.unended_facets import facets
from console.unit_file import WHOLE, UnitFile, unit_file
from console.word_search import note_words
from conversations.models import Branch, ControlSample, RefusedEnd
from moderation.models import ContentNote, Enrichment, Label, Unit, User

CONVERSATION = ["unit", "surface", "conversation", "model", "language"]


class OfBranch(serializers.ModelSerializer):
    """What rows about a branch share: `unit` is the id of the branch, under which it has a page; all ids are ours."""

    unit = serializers.CharField(source="branch.public_id")
    surface = serializers.CharField(source="branch.conversation.surface.source")
    conversation = serializers.CharField(source="branch.conversation.public_id")
    model = serializers.CharField(source="branch.conversation.model_name")
    language = serializers.CharField(source="branch.conversation.locale")


class ListedUnit(OfBranch):
    """A row of a list: also by which draws it is to be read, what its classifier found it to hold, and the label in force."""

    in_base = serializers.BooleanField(source="branch.unit.in_base")
    enriched = serializers.SerializerMethodField()
    measured = serializers.SerializerMethodField()
    label = serializers.SerializerMethodField()

    def get_enriched(self, row: RefusedEnd | ControlSample) -> bool:
        """Return whether the enriched draw took it."""
        placed: Enrichment | None = getattr(row.branch.unit, "enrichment", None)
        return placed is not None and placed.drawn

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_measured(self, row: RefusedEnd | ControlSample) -> list[str]:
        """Return the categories found in it, the worst first."""
        note: ContentNote | None = self.context["notes"].get(row.branch.unit.pk)
        return note.topics if note else []

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_label(self, row: Any) -> str | None:  # noqa: ANN401  # a row with its annotation
        """Return the answer of the label in force, null before the first."""
        return row.answer or None


DRAWN = ["in_base", "enriched", "measured", "label"]


class ReadRefusedRequest(ListedUnit):
    """A request to end that a gate of the surface refused."""

    id = serializers.CharField(source="public_id")

    class Meta:
        model = RefusedEnd
        fields = ["id", *CONVERSATION, "requested_at", "at_turn", "reason", "category", "failed_check", *DRAWN]


class ReadContinued(ListedUnit):
    """A sampled conversation that went on; `sampling_rate` is the surface's, a decimal string."""

    class Meta:
        model = ControlSample
        fields = [*CONVERSATION, "observed_at", "sampling_rate", *DRAWN]


class ReadRequest(serializers.ModelSerializer):
    """One refused request of a unit."""

    id = serializers.CharField(source="public_id")

    class Meta:
        model = RefusedEnd
        fields = ["id", "requested_at", "at_turn", "reason", "category", "failed_check"]


class ReadEnrichment(serializers.ModelSerializer):
    """Its place in the enriched draw."""

    class Meta:
        model = Enrichment
        fields = ["stratum", "rate", "drawn", "drawn_at"]


class ReadDraw(serializers.ModelSerializer):
    """How it was drawn: rates as decimal strings; `enriched` is null before that is fixed, 72 hours after its decision."""

    plan = serializers.IntegerField(source="plan.version")
    enriched = serializers.SerializerMethodField()

    class Meta:
        model = Unit
        fields = ["window", "plan", "stratum", "base_rate", "in_base", "enriched", "tainted_at"]

    @extend_schema_field(ReadEnrichment(allow_null=True))
    def get_enriched(self, unit: Unit) -> dict[str, Any] | None:
        """Return its place in the enriched draw."""
        placed: Enrichment | None = getattr(unit, "enrichment", None)
        return ReadEnrichment(placed).data if placed else None


class ReadMeasured(serializers.Serializer):
    """What a classifier found up to the decision turn, under the policy that ruled then, and what other versions would have allowed."""

    classifier = serializers.CharField(source="classification.__str__")
    policy = serializers.IntegerField(source="policy.version")
    at_turn = serializers.IntegerField()
    replays = ReadPolicyReplay(many=True)


class ReadUnitLabel(serializers.ModelSerializer):
    """What somebody said the truth is."""

    id = serializers.CharField(source="public_id")
    reviewer = serializers.CharField(source="reviewer.pseudonym")

    class Meta:
        model = Label
        fields = ["id", "reviewer", "round", "answer", "confidence", "category", "committed_at"]


class ReadUnit(OfBranch):
    """One unit; `masked` where this person could still be asked to label it, and what happened, its draw and all that was found is null.

    `kind` is `ended` where it was ended later, with the id of that `ending`.
    """

    masked = serializers.BooleanField(default=False)
    kind = serializers.CharField(allow_null=True)
    ending = serializers.CharField(source="branch.ending.public_id", default=None, allow_null=True)
    sampling_rate = serializers.CharField(source="branch.control.sampling_rate", default=None, allow_null=True)
    sampled_at = serializers.DateTimeField(source="branch.control.observed_at", default=None, allow_null=True)
    refused = ReadRequest(many=True, allow_null=True)
    draw = ReadDraw(allow_null=True)
    measured = ReadMeasured(allow_null=True)
    topics = serializers.ListField(child=serializers.CharField(), allow_null=True)
    severity = serializers.IntegerField(allow_null=True)
    labels = ReadUnitLabel(many=True, allow_null=True)
    label = serializers.CharField(allow_null=True)

    class Meta:
        model = Unit
        fields = [*CONVERSATION, "decided_at", "masked", "kind", "ending", "sampling_rate", "sampled_at", "refused", "draw"]
        fields += ["measured", "topics", "severity", "labels", "label"]


TELLING = ReadUnit.Meta.fields[ReadUnit.Meta.fields.index("kind") :]


class PlainUnit(OfBranch):
    """Of a unit what tells nothing of what happened."""

    class Meta:
        model = Unit
        fields = [*CONVERSATION, "decided_at"]


def told(whole: UnitFile) -> dict[str, Any]:
    """Return a unit as `ReadUnit` describes it."""
    control, note = whole.control, whole.note
    return {
        **PlainUnit(whole.unit).data,
        "masked": False,
        "kind": whole.unit.kind,
        "ending": whole.ending.public_id if whole.ending else None,
        "sampling_rate": control.sampling_rate if control else None,
        "sampled_at": serializers.DateTimeField().to_representation(control.observed_at) if control else None,
        "refused": ReadRequest(whole.refused, many=True).data,
        "draw": ReadDraw(whole.unit).data,
        "measured": ReadMeasured(whole.measured).data if whole.measured else None,
        "topics": note.topics if note else None,
        "severity": note.severity if note else None,
        "labels": ReadUnitLabel(whole.labels, many=True).data,
        "label": whole.label.answer if whole.label else None,
    }


class Listed(mixins.ListModelMixin, viewsets.GenericViewSet):
    """What both lists share."""

    needs = {"*": Can.SEE_ENDINGS}
    pagination_class = KeysetPagination
    filterset_class: type[UnendedFilter]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  # DRF's signature
        """List them; a search in what was said is recorded, once for all its pages."""
        answer: Response = super().list(request, *args, **kwargs)
        note_words(request)
        return answer

    def get_serializer(self, *args: Any, **kwargs: Any) -> serializers.BaseSerializer:  # noqa: ANN401  # DRF's signature
        """Tell the serializer what was measured of its rows."""
        kwargs["context"] = self.get_serializer_context() | {"notes": measured(args[0]) if args else {}}
        return super().get_serializer(*args, **kwargs)

    @extend_schema(responses=ReadFacet(many=True))
    @action(detail=False, methods=["get"], pagination_class=None)
    def facets(self, request: Request) -> Response:
        """Return how what matches spreads over each field; there are no rates here."""
        asked = self.filterset_class(request.query_params, queryset=self.get_queryset(), request=request)
        if not asked.is_valid():
            raise translate_validation(asked.errors)
        return Response(ReadFacet(facets(self.filterset_class, self.get_queryset(), request.query_params, request), many=True).data)


class RefusedRequests(Listed):
    """Refused requests to end, newest first; without those that this person could still be asked to label blind."""

    queryset = RefusedEnd.objects.none()
    order = ("-requested_at", "-id")
    filterset_class = RefusedFilter
    serializer_class = ReadRefusedRequest

    def get_queryset(self) -> QuerySet[RefusedEnd]:
        """Return what this person may know of."""
        user = self.request.user
        return refused_to(user).select_related(*SHOWN) if isinstance(user, User) else super().get_queryset()


class Continued(Listed):
    """Sampled conversations that went on, newest first; without those that this person could still be asked to label blind."""

    queryset = ControlSample.objects.none()
    order = ("-observed_at", "-id")
    filterset_class = ContinuedFilter
    serializer_class = ReadContinued

    def get_queryset(self) -> QuerySet[ControlSample]:
        """Return what this person may know of."""
        user = self.request.user
        return continued_to(user).select_related(*SHOWN) if isinstance(user, User) else super().get_queryset()


class Units(Opens):
    """What can be drawn for the audit, by the id of its branch: a refused request, a conversation that went on, or one that was ended."""

    queryset = Unit.objects.select_related(*WHOLE, "enrichment")
    needs = {"open_transcript": Can.OPEN_TRANSCRIPTS, "break_glass": Can.BREAK_GLASS, "*": Can.SEE_ENDINGS}
    filter_backends: list[type] = []
    pagination_class = None
    serializer_class = ReadUnit
    lookup_field = "branch__public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def branch(self) -> Branch:
        """Return its branch."""
        found: Unit = self.get_object()
        return found.branch

    @extend_schema(responses=ReadUnit)
    def retrieve(self, request: Request, **kwargs: str) -> Response:
        """Return what happened in it, how it was drawn, what was measured and said of it."""
        found = self.get_object()
        if is_masked(person(request), found.branch):
            return Response({**PlainUnit(found).data, **dict.fromkeys(TELLING), "masked": True})
        return Response(told(unit_file(found, log_linked=False)))
