"""Forms around a policy that are not its numbers: an objective in their place, words about it, and from when it holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms

from moderation.models import Policy
from moderation.objectives import EXAMPLE, Unclear, parse
from moderation.proposals import month
from moderation.states import Flip


class ObjectiveForm(forms.Form):
    """What a draft is to reach, in place of numbers."""

    objective = forms.CharField(max_length=300, help_text=f"Such as: {EXAMPLE}")

    def clean_objective(self) -> str:
        """Check that it can be read."""
        try:
            parse(self.cleaned_data["objective"])
        except Unclear as unclear:
            raise forms.ValidationError(str(unclear)) from None
        return str(self.cleaned_data["objective"])


class ImpactForm(forms.Form):
    """On which month a policy is tried, which flips are listed, and what a wrongful ending weighs against missed ones."""

    window = forms.CharField(required=False, max_length=7, label="Month", widget=forms.TextInput({"placeholder": "2026-09"}))
    against = forms.ModelChoiceField(
        Policy.objects.none(), required=False, to_field_name="version", label="Compare with", empty_label="The one in force"
    )
    at_once = forms.BooleanField(required=False, label="Intervals for all steps at once")
    show = forms.ChoiceField(required=False, choices=[*Flip.choices(), ("same", "Do not change")])
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)
    cost = forms.FloatField(required=False, min_value=0, max_value=1_000, label="Missed endings to a wrongful one")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, **kwargs)
        self.fields["against"].queryset = Policy.objects.order_by("-version")  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean_window(self) -> str:
        """Check that it is a month."""
        text = str(self.cleaned_data["window"])
        if text:
            try:
                month(text)
            except ValueError as error:
                raise forms.ValidationError(str(error)) from None
        return text


class CommentForm(forms.Form):
    """Words for the author of a proposal, or why it is dropped."""

    comment = forms.CharField(max_length=2_000, label="Comment", widget=forms.Textarea(attrs={"rows": 3}))


class SealForm(forms.Form):
    """How the promises of a proposal are tested."""

    top_up = forms.BooleanField(
        required=False,
        label="Reviews may be added to its draw until it passes",
        help_text="Then its bounds are wider. Otherwise what is added to the draw later does not count.",
    )


class ReasonForm(forms.Form):
    """Why a policy is taken back."""

    reason = forms.CharField(max_length=2_000, label="Reason", widget=forms.Textarea(attrs={"rows": 3}))


class ScheduleForm(forms.Form):
    """When a policy comes into force, and how many conversations try it until then."""

    at = forms.DateTimeField(
        required=False,
        label="In force from (UTC)",
        help_text="Leave it empty to publish now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    share = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=99,
        label="Tried until then by so many percent",
        help_text="0 to 99; surfaces choose by a hash. Verdicts stay those of the policy in force.",
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a share without a time until which it is tried."""
        data = super().clean() or {}
        if data.get("share") and not data.get("at"):
            self.add_error("at", "Say until when a share of conversations tries it.")
        return data

    @staticmethod
    def moment(given: Mapping[str, Any]) -> datetime | None:
        """Return the time that was given, None for now."""
        at: datetime | None = given.get("at")
        return at
