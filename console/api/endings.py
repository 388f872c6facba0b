"""Endings in the API: metadata, verdict and findings; never a word of the transcript.

Conversations and branches go by our own ids, as on the pages: to take away what the surface calls them takes two people and an export.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django_filters.utils import translate_validation
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.facets import BY, ReadFacet, ReadHistogram
from console.api.notices import Notices
from console.api.openings import Opens
from console.api.pages import KeysetPagination
from console.blinding import is_masked, masked
from console.converters import PUBLIC_ID
from console.explorer import EndingFilter
from console.facets import facets
from console.histogram import FIELDS, histogram
from console.presence import Presence, presence_at
from console.replays import replays
from console.roles import Can, person
from console.views.explorer import known
from console.word_search import note_words
from conversations.models import Branch
from moderation.actions.reports import report_crisis
from moderation.explanation import evidence_spans
from moderation.models import Finding, Standing, Verdict


class ReadSpan(serializers.Serializer):
    """Where in a turn a measure was seen, in code points of its text; the text itself is not here."""

    turn = serializers.IntegerField()
    measure = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class ReadFinding(serializers.ModelSerializer):
    """One check, the turns it rests on, and where in them."""

    check = serializers.CharField(source="check_name")
    spans = serializers.SerializerMethodField()

    class Meta:
        model = Finding
        fields = ["check", "result", "evidence", "spans"]

    @extend_schema_field(ReadSpan(many=True))
    def get_spans(self, finding: Finding) -> list[dict[str, object]]:
        """Return where in the evidence turns it was seen."""
        found = evidence_spans(finding.as_judged(), self.context["measures"])
        return [{"turn": turn, "measure": span.measure, "start": span.start, "end": span.end} for turn, span in found]


class ReadBoundary(serializers.Serializer):
    """The nearest cut at which the verdict would be another, in ten-thousandths."""

    cut = serializers.CharField(source="knob")
    now = serializers.IntegerField()
    at = serializers.IntegerField()
    verdict = serializers.CharField(source="outcome")


TELLING = ("at_turn", "reason", "category", "verdict", "label", "has_feedback", "has_appeal")
"""What says what happened: null for who could still be asked to label it blind."""


class ReadEnding(serializers.ModelSerializer):
    """Where an ending stands; `masked` where this person could still be asked to label it, and what happened is null."""

    id = serializers.CharField(source="ending.public_id")
    surface = serializers.CharField(source="ending.branch.conversation.surface.source")
    conversation = serializers.CharField(source="ending.branch.conversation.public_id")
    branch = serializers.CharField(source="ending.branch.public_id")
    at_turn = serializers.IntegerField(source="ending.at_turn", allow_null=True)
    verdict = serializers.CharField(source="outcome", allow_null=True)
    label = serializers.CharField(source="answer", allow_null=True)
    masked = serializers.SerializerMethodField()

    class Meta:
        model = Standing
        fields = [
            "id",
            "surface",
            "conversation",
            "branch",
            "model",
            "language",
            "ended_at",
            "at_turn",
            "reason",
            "category",
            "verdict",
            "label",
            "has_feedback",
            "has_appeal",
            "masked",
        ]
        extra_kwargs = {name: {"allow_null": True} for name in ("reason", "category", "has_feedback", "has_appeal")}

    def get_masked(self, standing: Standing) -> bool:
        """Return whether this person must not know what happened."""
        return standing.ending.branch_id in self.context["hidden"]

    def to_representation(self, standing: Standing) -> dict[str, Any]:
        """Return the fields, those that tell emptied where it is masked."""
        said: dict[str, Any] = super().to_representation(standing)
        return said | dict.fromkeys(TELLING) if said["masked"] else said


class ReadPolicyReplay(serializers.Serializer):
    """One policy tried on the conversation: the turn from which on it would have allowed an end, and what stands against the end made."""

    policy = serializers.IntegerField(source="policy.version")
    in_force_then = serializers.BooleanField(source="then")
    in_force_now = serializers.BooleanField(source="now")
    allowed_from = serializers.IntegerField(source="first", allow_null=True)
    against_the_end = serializers.ListField(child=serializers.CharField(), source="at_end")


class ReadReport(serializers.Serializer):
    """Which review the report led to, and until when it is read."""

    review = serializers.CharField(source="public_id")
    due_at = serializers.DateTimeField()


class ReadVerdict(serializers.ModelSerializer):
    """The latest verdict: what was found, in words and by check, and how near it is to another."""

    explanation = serializers.CharField(source="in_words")
    boundary = ReadBoundary(allow_null=True)
    policy = serializers.IntegerField(source="policy.version")
    classifier = serializers.CharField(source="classification.__str__")
    findings = serializers.SerializerMethodField()
    replays = serializers.SerializerMethodField()

    class Meta:
        model = Verdict
        fields = ["policy", "classifier", "explanation", "boundary", "findings", "replays"]

    @extend_schema_field(ReadPolicyReplay(many=True))
    def get_replays(self, verdict: Verdict) -> list[dict[str, object]]:
        """Return what other versions of the rules would have done, newest first."""
        return list(ReadPolicyReplay(replays(verdict.ending, verdict), many=True).data)

    @extend_schema_field(ReadFinding(many=True))
    def get_findings(self, verdict: Verdict) -> list[dict[str, object]]:
        """Return the findings, in the order of the checks."""
        context = {"measures": verdict.classification.measures()}
        return list(ReadFinding(verdict.findings.all(), many=True, context=context).data)


class ReadEndingWhole(ReadEnding):
    """The same with its latest verdict; before the first, its parts are null or empty."""

    policy = serializers.IntegerField(allow_null=True)
    classifier = serializers.CharField(allow_null=True)
    explanation = serializers.CharField(allow_null=True)
    boundary = ReadBoundary(allow_null=True)
    findings = ReadFinding(many=True)
    replays = ReadPolicyReplay(many=True)

    class Meta(ReadEnding.Meta):
        fields = [*ReadEnding.Meta.fields, *ReadVerdict.Meta.fields]

    def to_representation(self, standing: Standing) -> dict[str, Any]:
        """Return the ending's own fields, then those of its latest verdict."""
        unjudged: dict[str, Any] = {
            "policy": None,
            "classifier": None,
            "explanation": None,
            "boundary": None,
            "findings": [],
            "replays": [],
        }
        known = ReadEnding(standing, context=self.context).data
        if known["masked"]:
            return known | unjudged
        related = "policy", "classification", "ending__branch__conversation__surface"
        verdict = standing.ending.verdicts.select_related(*related).first()
        return known | (ReadVerdict(verdict).data if verdict else unjudged)


class ReadPresence(serializers.Serializer):
    """Who else reads an ending, by pseudonym: who opened it first, null where nobody else did, and who is here now."""

    first = serializers.CharField(source="first.user.pseudonym", allow_null=True, default=None)
    first_at = serializers.DateTimeField(source="first.opened_at", allow_null=True, default=None)
    here = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_here(self, found: Presence) -> list[str]:
        """Return whose opening still holds while they do something."""
        return [one.pseudonym for one in found.here]


def _checked(request: Request) -> EndingFilter:
    """Return the filter of a request, as the list has it; raises ValidationError for what it does not take."""
    asked = EndingFilter(request.query_params, queryset=Standing.objects.all(), request=request)
    if not asked.is_valid():
        raise translate_validation(asked.errors)
    return asked


class Endings(mixins.ListModelMixin, mixins.RetrieveModelMixin, Opens, Notices):
    """Endings, newest first."""

    queryset = Standing.objects.select_related("ending__branch__conversation__surface")
    needs = {
        "*": Can.SEE_ENDINGS,
        "crisis": Can.OPEN_TRANSCRIPTS,
        "open_transcript": Can.OPEN_TRANSCRIPTS,
        "break_glass": Can.BREAK_GLASS,
        "issue_notice": Can.ISSUE_NOTICES,
    }
    order = ("-ended_at", "-ending_id")
    pagination_class = KeysetPagination
    filterset_class = EndingFilter
    lookup_field = "ending__public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  # DRF's signature
        """List them; a search in what was said is recorded, once for all its pages."""
        answer: Response = super().list(request, *args, **kwargs)
        note_words(request)
        return answer

    def get_serializer(self, *args: Any, **kwargs: Any) -> serializers.BaseSerializer:  # noqa: ANN401  # DRF's signature
        """Tell the serializer which of its rows this person could still be asked to label."""
        rows = args[0] if kwargs.get("many") else args[:1]
        hidden = masked(self.request.user, [row.ending.branch for row in rows]) if rows else frozenset()
        kwargs["context"] = self.get_serializer_context() | {"hidden": hidden}
        return super().get_serializer(*args, **kwargs)

    def branch(self) -> Branch:
        """Return the branch that was ended."""
        found: Standing = self.get_object()
        return found.ending.branch

    @extend_schema(responses=ReadFacet(many=True))
    @action(detail=False, methods=["get"], pagination_class=None)
    def facets(self, request: Request) -> Response:
        """Return how what matches spreads over each field; fields that tell what happened leave out what one may still label blind."""
        _checked(request)
        return Response(ReadFacet(facets(request.query_params, Standing.objects.all(), request), many=True).data)

    @extend_schema(parameters=[BY], responses=ReadHistogram)
    @action(detail=False, methods=["get"], pagination_class=None)
    def histogram(self, request: Request) -> Response:
        """Return how what matches spreads over time, or over turns."""
        by = request.query_params.get("by", next(iter(FIELDS)))
        if by not in FIELDS:
            raise serializers.ValidationError({"by": [f"Must be one of {', '.join(FIELDS)}."]})
        found = histogram(known(request, _checked(request).qs), by, request.query_params)
        return Response(ReadHistogram(found).data)

    @extend_schema(responses=ReadPresence)
    @action(detail=True, methods=["get"])
    def presence(self, request: Request, **kwargs: str) -> Response:
        """Return who else reads it now; nothing to who could still label it."""
        branch, user = self.branch(), person(request)
        if is_masked(user, branch):
            raise Http404
        return Response(ReadPresence(presence_at(branch, user)).data)

    @extend_schema(request=None, responses={201: ReadReport})
    @action(detail=True, methods=["post"])
    def crisis(self, request: Request, **kwargs: str) -> Response:
        """Report it as a possible crisis, once its transcript was opened: it is read within the hour, by a senior where it was answered."""
        review = report_crisis(self.branch().ending.pk, actor=person(request))
        return Response(ReadReport(review).data, status=201)

    def get_serializer_class(self) -> type[ReadEnding]:
        """Findings are read one ending at a time."""
        return ReadEndingWhole if self.action == "retrieve" else ReadEnding
