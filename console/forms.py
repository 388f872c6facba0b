"""One small form per action that takes input."""

from __future__ import annotations

from typing import Any

from django import forms

from console.api.signatures import read_public_key
from moderation.actions.reviews import Statement
from moderation.models import ExportFormat, ExportKind
from moderation.states import Answer, Category, Confidence, DiscardReason, Purpose, ReadingPurpose


class PurposeForm(forms.Form):
    """Why a transcript is opened."""

    purpose = forms.ChoiceField(choices=[choice for choice in Purpose.choices() if choice[0] != Purpose.REVIEW])


class LabelForm(forms.Form):
    """The blind label: five answers, two turns, category, confidence, note."""

    NEVER = ""

    answer = forms.ChoiceField(choices=Answer.choices(), label="At this point, would ending be right?")
    right_from = forms.IntegerField(required=False, min_value=0, label="Right from which turn?")
    crisis_from = forms.IntegerField(required=False, min_value=0, label="First sign of risk to self or others?")
    crisis = forms.ChoiceField(
        choices=[("none", "No sign"), ("seen", "From a turn"), ("unclear", "Unclear")],
        label="Any sign of risk?",
    )
    category = forms.ChoiceField(choices=[("", "None"), *Category.choices()], required=False, label="Category")
    severity = forms.TypedChoiceField(
        choices=[("", "Not said"), *((str(n), str(n)) for n in range(4))], coerce=int, empty_value=None, required=False, label="Severity"
    )
    confidence = forms.ChoiceField(choices=Confidence.choices(), initial=Confidence.MEDIUM.value, label="How sure?")
    note = forms.CharField(required=False, max_length=4_000, widget=forms.Textarea, label="Note")

    def __init__(self, *args: Any, turns: int, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, **kwargs)
        self.turns = turns

    def clean(self) -> dict[str, Any]:
        """Check what belongs together; messages say what to do."""
        data = super().clean() or {}
        self._check_turns(data)
        answer = data.get("answer")
        if answer in {Answer.YES, Answer.REQUESTED} and data.get("right_from") is None:
            self.add_error("right_from", "Say from which turn ending was right.")
        if data.get("crisis") == "seen" and data.get("crisis_from") is None:
            self.add_error("crisis_from", "Say at which turn the first sign appears.")
        if answer == Answer.NO_CRISIS and data.get("crisis") == "none":
            self.add_error("crisis", "You answered that someone is at risk: say from which turn.")
        if answer == Answer.YES and data.get("crisis") == "seen" and (data.get("crisis_from") or 0) <= (data.get("right_from") or 0):
            self.add_error("answer", "Ending is never right once someone is at risk.")
        if not data.get("note") and (answer in {Answer.CANNOT_TELL, Answer.NO_CRISIS} or data.get("crisis") != "none"):
            self.add_error("note", "Write a sentence: this answer needs a reason.")
        return data

    def _check_turns(self, data: dict[str, Any]) -> None:
        for name in ("right_from", "crisis_from"):
            if (data.get(name) or 0) > self.turns:
                self.add_error(name, f"The transcript ends at turn {self.turns}.")

    def statement(self) -> Statement:
        """Return what was said, for the action."""
        data = self.cleaned_data
        answer = Answer(data["answer"])
        right = data["right_from"] if answer in {Answer.YES, Answer.REQUESTED} else None
        return Statement(
            answer=answer,
            right_from=right,
            crisis_from=data["crisis_from"] if data["crisis"] != "none" else None,
            crisis_unclear=data["crisis"] == "unclear",
            category=Category(data["category"]) if data["category"] else None,
            severity=data["severity"],
            confidence=Confidence(data["confidence"]),
            note=data["note"].strip(),
        )


class AppealForm(forms.Form):
    """What becomes of an appeal; nothing is decided without saying which."""

    decision = forms.ChoiceField(choices=[("grant", "Grant"), ("deny", "Deny")])


class ExportForm(forms.Form):
    """Which file: what, in which form, of when."""

    kind = forms.ChoiceField(choices=ExportKind.choices(), label="What")
    format = forms.ChoiceField(choices=ExportFormat.choices(), label="Format")
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="Before", widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        """Refuse a window that ends before it begins."""
        data = super().clean() or {}
        if data.get("since") and data.get("until") and data["since"] >= data["until"]:
            self.add_error("until", "Must lie after the beginning.")
        return data


class ReadingForm(forms.Form):
    """Why the body of an event in quarantine is opened."""

    purpose = forms.ChoiceField(choices=ReadingPurpose.choices(), label="Why do you open it?")


class CorrectionForm(forms.Form):
    """A corrected body, as JSON text."""

    body = forms.CharField(widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false", "class": "mono"}), label="Event as JSON")


class DiscardForm(forms.Form):
    """Why an event in quarantine is not wanted."""

    reason = forms.ChoiceField(choices=[("", "Choose a reason"), *DiscardReason.choices()], label="Why is it not wanted?")


class KeyForm(forms.Form):
    """A new key of a surface: signed with a secret that we make, or with the sender's own key pair."""

    public_key = forms.CharField(
        required=False,
        max_length=100,
        label="Public key of the sender",
        help_text="whpk_ and base64, Ed25519. Leave it empty and a shared secret is made.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    per_minute = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1_000_000,
        label="Requests a minute",
        help_text="Leave it empty for the rate that the settings give to every key.",
    )

    def clean_public_key(self) -> bytes:
        """Return its bytes; none where it was left empty."""
        text = self.cleaned_data["public_key"]
        try:
            return read_public_key(text) if text else b""
        except ValueError:
            raise forms.ValidationError("This is not whpk_ and the base64 of 32 bytes.") from None
