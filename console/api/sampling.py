"""The sampling plan in the API: what it asks for, the planner, and changes that take two people; the same guards as on the pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.converters import PUBLIC_ID
from console.plan_form import plain
from console.roles import Can
from console.views.allocations import COSTS, asked
from console.views.sampling import MOST, PlannerForm, answer, with_defaults
from moderation.actions import plans as actions
from moderation.actions.draws import PlanRefused
from moderation.models import PlanProposal
from moderation.sampling import LEVELS, plan_in_force, plan_now
from moderation.states import UnitKind

RATE = r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$"
MONTH = r"^([0-9]{4}-(0[1-9]|1[0-2]))?$"


class ReadFrame(serializers.Serializer):
    """One kind of unit over thirty days; `bound` is the least upper 95 % bound that its draw can show."""

    kind = serializers.CharField()
    units = serializers.IntegerField()
    rate = serializers.CharField()
    expected = serializers.FloatField()
    bound = serializers.FloatField(allow_null=True)
    drawn = serializers.IntegerField()
    labelled = serializers.IntegerField()


class ReadStratum(serializers.Serializer):
    """One stratum of the enriched draw over thirty days."""

    name = serializers.CharField()
    rate = serializers.CharField()
    placed = serializers.IntegerField()
    drawn = serializers.IntegerField()
    labelled = serializers.IntegerField()


class ReadPeriod(serializers.Serializer):
    """A month of the draw: the commitment to its key, and the key once it is public."""

    period = serializers.CharField(source="key.period")
    key_sha256 = serializers.CharField(source="key.key_sha256")
    revealed_key = serializers.CharField(source="key.revealed_key")
    revealed_at = serializers.DateTimeField(source="key.revealed_at", allow_null=True)
    units = serializers.IntegerField()
    drawn = serializers.IntegerField()


class ReadPlan(serializers.Serializer):
    """The plan in force with what it meant over the last thirty days; `strain` is reviews asked for over reviews finished."""

    version = serializers.IntegerField(source="plan.version", default=None, allow_null=True)
    frames = ReadFrame(many=True)
    strata = ReadStratum(many=True)
    periods = ReadPeriod(many=True, source="ledgers")
    pace = serializers.IntegerField()
    asked = serializers.FloatField()
    strain = serializers.FloatField(allow_null=True)
    owed = serializers.IntegerField()
    tainted = serializers.IntegerField()


class ReadNeed(serializers.Serializer):
    """Reviews that certify a promise with so many failures: of a window of unknown size, of this one (null for never), months it takes."""

    failures = serializers.IntegerField()
    unknown = serializers.IntegerField(allow_null=True)
    sized = serializers.IntegerField(allow_null=True)
    months = serializers.FloatField(allow_null=True)


class ReadAnswer(serializers.Serializer):
    """How many reviews a promise needs, and the chance that one month shows it."""

    alpha = serializers.CharField()
    population = serializers.IntegerField()
    pace = serializers.IntegerField()
    true_rate = serializers.FloatField()
    chance = serializers.FloatField(allow_null=True)
    needs = ReadNeed(many=True)


class ReadAllotted(serializers.Serializer):
    """One stratum: units a month, labels that tell of it, the share of failures to expect; its rate in force, and what it would get.

    `seconds` is the median time of a review, of its own `readings` where `own`, else of all strata; null where there are too few in all.
    """

    name = serializers.CharField()
    units = serializers.IntegerField()
    labels = serializers.FloatField()
    guess = serializers.FloatField()
    rate = serializers.CharField()
    proposed = serializers.CharField()
    reads = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True)
    readings = serializers.IntegerField()
    own = serializers.BooleanField()


class ReadExpected(serializers.Serializer):
    """What a month would tell: half the width of the 95 % interval and its upper bound, and the least bound that the base draw can show.

    `hours` is how long its reviews take, by the medians of strata.
    """

    reviews = serializers.FloatField()
    base = serializers.FloatField()
    half = serializers.FloatField(allow_null=True)
    upper = serializers.FloatField(allow_null=True)
    claim = serializers.FloatField(allow_null=True)
    hours = serializers.FloatField(allow_null=True)


class ReadAllocation(serializers.Serializer):
    """Reviews allotted to the strata of a kind, against the rates in force (`today`) and a flat draw of as many (`flat`).

    `rates` and `strata_rates` are what to send as `rates` and `strata` of a change in order to propose them. With `timed` reviews cost what
    they take, and the allocation takes as long as so many of a flat draw; without, all cost the same.
    """

    kind = serializers.CharField(source="told.kind")
    reviews = serializers.IntegerField(source="budget.reviews")
    base = serializers.IntegerField(source="budget.base")
    timed = serializers.BooleanField()
    strata = ReadAllotted(many=True)
    today = ReadExpected()
    flat = ReadExpected()
    proposed = ReadExpected()
    rates = serializers.DictField(child=serializers.CharField())
    strata_rates = serializers.DictField(child=serializers.CharField(), source="named")


class ReadChange(serializers.ModelSerializer):
    """A proposed change of the plan; `plan` is the version it became, `raised` how many more units of its month were drawn.

    Where `refused_by` is its author, it was withdrawn.
    """

    id = serializers.CharField(source="public_id")
    before = serializers.IntegerField(source="before.version", default=None, allow_null=True)
    plan = serializers.IntegerField(source="plan.version", default=None, allow_null=True)
    author = serializers.CharField(source="author.pseudonym")
    approver = serializers.CharField(source="approver.pseudonym", default=None, allow_null=True)
    refused_by = serializers.CharField(source="refused_by.pseudonym", default=None, allow_null=True)
    rates = serializers.SerializerMethodField()

    class Meta:
        model = PlanProposal
        fields = [
            "id",
            "state",
            "before",
            "plan",
            "window",
            "raised",
            "why",
            "author",
            "approver",
            "refused_by",
            "proposed_at",
            "decided_at",
            "rates",
        ]

    def get_rates(self, proposal: PlanProposal) -> dict[str, str]:
        """Return kind or stratum to rate."""
        return {row.name: row.rate for row in proposal.rates.all()}


class WriteRates(serializers.Serializer):
    """Rates of the base draw, decimal strings between 0 and 1."""

    ended = serializers.RegexField(RATE, required=False)
    refused = serializers.RegexField(RATE, required=False)
    continued = serializers.RegexField(RATE, required=False)


class WriteChange(serializers.Serializer):
    """Rates as they should be, over those in force: what is left out stays. A `window` is a month to raise with them."""

    why = serializers.CharField(max_length=500)
    rates = WriteRates(required=False)
    strata = serializers.DictField(child=serializers.RegexField(RATE), required=False)
    window = serializers.RegexField(MONTH, required=False, allow_blank=True)


def change_over(given: dict[str, Any]) -> actions.Change:
    """Return the rates in force with those that were sent over them."""
    named = actions.rates_of(plan_in_force())
    kinds = {kind.value: named.pop(kind.value) for kind in UnitKind if kind.value in named} | dict(given.get("rates", {}))
    strata = named | dict(given.get("strata", {}))
    chosen = {UnitKind(kind): plain(Decimal(rate)) for kind, rate in kinds.items()}
    return actions.Change(chosen, {name: plain(Decimal(rate)) for name, rate in strata.items()}, given.get("window", ""))


class Sampling(viewsets.GenericViewSet):
    """The sampling plan."""

    needs = {"*": Can.SEE_POLICIES}
    filter_backends: list[type] = []
    pagination_class = None
    serializer_class = ReadPlan
    queryset = PlanProposal.objects.none()

    @extend_schema(responses=forced_singular_serializer(ReadPlan))
    def list(self, request: Request) -> Response:
        """Return the plan in force with what it meant over the last thirty days."""
        return Response(ReadPlan(plan_now(timezone.now())).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("alpha", {"type": "string", "enum": [*LEVELS]}, description="The promise."),
            OpenApiParameter("population", {"type": "integer", "minimum": 1, "maximum": MOST}, description="Endings in the window."),
            OpenApiParameter("pace", {"type": "integer", "minimum": 0, "maximum": MOST}, description="Base-draw reviews a month."),
            OpenApiParameter("true_rate", {"type": "number", "minimum": 0, "maximum": 50, "multipleOf": 0.0001}, description="In percent."),
        ],
        responses=ReadAnswer,
    )
    @action(detail=False)
    def planner(self, request: Request) -> Response:
        """Answer how many reviews a promise needs; what is left out is taken from the last thirty days."""
        form = PlannerForm(with_defaults(plan_now(timezone.now()), request.query_params.dict()))
        if not form.is_valid():
            raise serializers.ValidationError({name: [str(one) for one in found] for name, found in form.errors.items()})
        return Response(ReadAnswer(answer(form)).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", {"type": "string", "enum": [*UnitKind]}, description="What happened; `ended` where it is left out."),
            OpenApiParameter("reviews", {"type": "integer", "minimum": 1, "maximum": MOST}, description="A month; as the plan asks for."),
            OpenApiParameter("base", {"type": "integer", "minimum": 0, "maximum": MOST}, description="Of them for the base draw."),
            OpenApiParameter("cost", {"type": "string", "enum": [*COSTS]}, description="Of a review; `reading` where it is left out."),
        ],
        responses=ReadAllocation,
    )
    @action(detail=False)
    def allocation(self, request: Request) -> Response:
        """Allot reviews to strata where answers vary most (Neyman); 422 where there is nothing to allot. Nothing changes."""
        answer = asked(request.query_params.dict())
        if answer.found is None:
            errors = {name: [str(one) for one in found] for name, found in answer.form.errors.items()}
            raise serializers.ValidationError(errors or {"kind": [answer.why_not]})
        return Response(ReadAllocation(answer.found).data)


class PlanChanges(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Changes of the sampling plan, the latest first; proposed by POST, in force for units to come once another person approves."""

    queryset = PlanProposal.objects.select_related("author", "approver", "refused_by", "before", "plan").prefetch_related("rates")
    needs = {"list": Can.SEE_POLICIES, "retrieve": Can.SEE_POLICIES, "*": Can.CHANGE_SAMPLING}
    order = ("-proposed_at", "-id")
    pagination_class = KeysetPagination
    filter_backends: list[type] = []
    serializer_class = ReadChange
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    @extend_schema(request=WriteChange, responses={201: ReadChange})
    def create(self, request: Request) -> Response:
        """Propose rates; 422 for those that are in force already, or hold no draw together."""
        asked = WriteChange(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            made = actions.propose_plan(change_over(asked.validated_data), why=asked.validated_data["why"], actor=request.user)
        except PlanRefused as refused:
            raise serializers.ValidationError({"rates": [str(refused)]}) from refused
        return Response(ReadChange(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ReadChange)
    @action(detail=True, methods=["post"], pagination_class=None)
    def approve(self, request: Request, **kwargs: str) -> Response:
        """Adopt it for units still to come, and for the month it raises; by another person than its author."""
        return _decided(actions.approve_plan, request, kwargs["id"])

    @extend_schema(request=None, responses=ReadChange)
    @action(detail=True, methods=["post"], pagination_class=None)
    def refuse(self, request: Request, **kwargs: str) -> Response:
        """Set it aside."""
        return _decided(actions.refuse_plan, request, kwargs["id"])


def _decided(move: Any, request: Request, public_id: str) -> Response:  # noqa: ANN401  # one of two actions
    try:
        made = move(public_id, actor=request.user)
    except PlanProposal.DoesNotExist:
        raise Http404 from None
    return Response(ReadChange(made).data)
