"""Campaigns in the API: what one would take, start, pause, resume, stop, and what it found; the same guards as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.api.quality import ReadRange
from console.converters import PUBLIC_ID
from console.roles import Can, person
from console.views.campaigns import compare_for
from moderation.actions import campaigns as actions
from moderation.actions.campaigns import Wish
from moderation.classifiers.registry import HOSTED, MAKERS, offered
from moderation.models import Campaign, Policy


class ReadCampaign(serializers.ModelSerializer):
    """One campaign; without `until` it is a shadow.

    `done` counts endings that have a result, in a list as of a few seconds ago; `failed` those of a finished campaign that have none,
    because every try failed.
    """

    id = serializers.CharField(source="public_id")
    policy = serializers.IntegerField(source="policy.version", default=None, allow_null=True)
    author = serializers.CharField(source="author.pseudonym", default=None, allow_null=True)
    done = serializers.SerializerMethodField()

    class Meta:
        model = Campaign
        fields = [
            "id",
            "state",
            "classifier",
            "policy",
            "since",
            "until",
            "share",
            "total",
            "done",
            "failed",
            "author",
            "started_at",
            "finished_at",
        ]

    def get_done(self, campaign: Campaign) -> int:
        """Return how many endings have a result; of one campaign alone they are counted."""
        return campaign.done if isinstance(self.parent, serializers.ListSerializer) else campaign.results.count()


class WriteCampaign(serializers.Serializer):
    """A window, or a shadow over endings to come; by which classifier, under which policy (null: the one in force then), on what share."""

    shadow = serializers.BooleanField(default=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    classifier = serializers.ChoiceField(choices=[*sorted(MAKERS), *HOSTED])
    policy = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2_000_000_000)
    share = serializers.IntegerField(default=100, min_value=1, max_value=100)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Ask for a window where it is no shadow, and for a policy that there is."""
        if not data["shadow"]:
            if "since" not in data or "until" not in data:
                raise serializers.ValidationError({"since": ["Choose from when to when, or a shadow."]})
            if data["until"] <= data["since"]:
                raise serializers.ValidationError({"until": ["The window ends before it begins."]})
        if data["classifier"] not in offered():
            raise serializers.ValidationError({"classifier": ["This judge has no packages, no model or no key here."]})
        version = data.get("policy")
        data["policy"] = Policy.objects.filter(version=version).first() if version else None
        if version and data["policy"] is None:
            raise serializers.ValidationError({"policy": [f"There is no policy {version}."]})
        return data

    def wish(self) -> Wish:
        """Return what was asked for."""
        data = self.validated_data
        since, until = (timezone.now(), None) if data["shadow"] else (data["since"], data["until"])
        return Wish(since, until, classifier=data["classifier"], policy=data["policy"], share=data["share"])


class ReadEstimate(serializers.Serializer):
    """What a campaign is likely to take; `cost` in millionths of a US dollar. Null where nothing tells. No transcript is opened for it.

    `rests_on` is `calls` for what this classifier took before, `sizes` for a hosted judge that was never asked: the longest answer to as
    many texts, as long as the sizes of sealed transcripts allow for. `looked_at` counts those calls, or those transcripts.
    """

    units = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True)
    cost = serializers.IntegerField(allow_null=True)
    rests_on = serializers.ChoiceField(choices=[basis.value for basis in actions.Basis])
    looked_at = serializers.IntegerField()


class ReadCell(serializers.Serializer):
    """How many endings had one outcome and were given another; null where nothing stood yet."""

    before = serializers.CharField(allow_null=True)
    after = serializers.CharField()
    n = serializers.IntegerField()


class ReadAgreement(serializers.Serializer):
    """How often labels agree with what stood and with what came out: of those that are labelled, which are no sample."""

    n = serializers.IntegerField()
    before = ReadRange(allow_null=True)
    after = ReadRange(allow_null=True)


class ReadResult(serializers.Serializer):
    """An ending that came out otherwise."""

    ending = serializers.CharField(source="unit.branch.ending.public_id")
    before = serializers.CharField()
    outcome = serializers.CharField()
    category = serializers.CharField()
    policy = serializers.IntegerField(source="policy.version")
    judged_at = serializers.DateTimeField()
    swayed = serializers.BooleanField(help_text="Its judge obeyed an instruction hidden in a canary of the same batch.")


class ReadComparison(serializers.Serializer):
    """What a campaign found beside what stood; `erased` counts what could not be judged, erased or too long for the judge.

    `dead` counts endings that failed at every try, `swayed` those whose judge obeyed a canary of the same batch. `differing` holds the
    latest fifty, without those that one could still be asked to label; costs are in millionths of a US dollar.
    """

    done = serializers.IntegerField()
    erased = serializers.IntegerField()
    changed = serializers.IntegerField()
    dead = serializers.IntegerField()
    swayed = serializers.IntegerField()
    cells = ReadCell(many=True)
    agreement = ReadAgreement()
    differing = ReadResult(many=True)
    mean_milliseconds = serializers.FloatField(source="mean", allow_null=True)
    cost = serializers.IntegerField()


class Campaigns(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Campaigns and shadows, the latest first; started by POST."""

    queryset = Campaign.objects.select_related("author", "policy")
    needs = {"*": Can.RUN_CAMPAIGNS}
    order = ("-started_at", "-id")
    pagination_class = KeysetPagination
    filter_backends: list[type] = []
    serializer_class = ReadCampaign
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    @extend_schema(request=WriteCampaign, responses={201: ReadCampaign})
    def create(self, request: Request) -> Response:
        """Judge a window again, or begin a shadow."""
        made = actions.start_campaign(_wish(request), actor=request.user.as_actor(), author=request.user)
        return Response(ReadCampaign(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=WriteCampaign, responses=ReadEstimate)
    @action(detail=False, methods=["post"], pagination_class=None)
    def estimate(self, request: Request) -> Response:
        """Say what a campaign would take, by what its classifier took before; nothing is started."""
        return Response(ReadEstimate(actions.estimate(_wish(request))).data)

    @extend_schema(responses=ReadComparison)
    @action(detail=True, pagination_class=None)
    def comparison(self, request: Request, **kwargs: str) -> Response:
        """Return what it found beside what stood."""
        return Response(ReadComparison(compare_for(person(request), self.get_object())).data)

    @extend_schema(request=None, responses=ReadCampaign)
    @action(detail=True, methods=["post"], pagination_class=None)
    def pause(self, request: Request, **kwargs: str) -> Response:
        """Let nothing new be judged; what was found stays."""
        return _moved(actions.pause_campaign, request, kwargs["id"])

    @extend_schema(request=None, responses=ReadCampaign)
    @action(detail=True, methods=["post"], pagination_class=None)
    def resume(self, request: Request, **kwargs: str) -> Response:
        """Go on with what has no result yet."""
        return _moved(actions.resume_campaign, request, kwargs["id"])

    @extend_schema(request=None, responses=ReadCampaign)
    @action(detail=True, methods=["post"], pagination_class=None)
    def retry(self, request: Request, **kwargs: str) -> Response:
        """Try again what failed at every try; a finished campaign runs again for it."""
        return _moved(actions.retry_campaign, request, kwargs["id"])

    @extend_schema(request=None, responses=ReadCampaign)
    @action(detail=True, methods=["post"], pagination_class=None)
    def stop(self, request: Request, **kwargs: str) -> Response:
        """End it for good; what was found stays."""
        return _moved(actions.stop_campaign, request, kwargs["id"])


def _wish(request: Request) -> Wish:
    asked = WriteCampaign(data=request.data)
    asked.is_valid(raise_exception=True)
    return asked.wish()


def _moved(move: Callable[..., Campaign], request: Request, public_id: str) -> Response:
    try:
        return Response(ReadCampaign(move(public_id, actor=request.user.as_actor())).data)
    except Campaign.DoesNotExist:
        raise Http404 from None
