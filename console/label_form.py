"""The label form: what a reader is asked, as fields; the rules of what belongs together are `moderation/statements.py`."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from django import forms

from moderation.models import Review
from moderation.statements import ASKED_CHECKS, Checked, Statement, faults, turns_field
from moderation.states import SUPPORTS_ENDING, Answer, Category, Check, Confidence, Result, Round

MOST_TURNS = 100
LARGEST = 9


class TurnsField(forms.CharField):
    """Turns as people write them, such as `13, 15 17`; gives an ordered tuple of indexes."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401  # what Django's own field takes
        super().__init__(required=False, max_length=400, **kwargs)

    def to_python(self, value: object) -> tuple[int, ...]:  # type: ignore[override]  # as Django's own fields do
        """Return the turns, each once, in order; raises ValidationError for what is no list of numbers."""
        words = re.split(r"[\s,;]+", str(value or "").strip())
        if not all(word == "" or (re.fullmatch(r"[0-9]+", word) and len(word) <= LARGEST) for word in words) or len(words) > MOST_TURNS:
            raise forms.ValidationError("Turns are numbers, such as 13, 15.")
        return tuple(sorted({int(word) for word in words if word}))

    def validate(self, value: object) -> None:
        """Accept no turn as well as many."""

    def run_validators(self, value: object) -> None:
        """The length is checked as it is read."""


class LabelForm(forms.Form):
    """The five answers, four turns, the checks with their turns, category, severity, confidence, note; `turns` is the decision turn."""

    answer = forms.ChoiceField(choices=Answer.choices(), label="At this point, would ending be right?")
    right_from = forms.IntegerField(required=False, min_value=0, label="Right from which turn?")
    lapsed_from = forms.IntegerField(required=False, min_value=0, label="No longer right from which turn?")
    crisis_from = forms.IntegerField(required=False, min_value=0, label="First sign of risk to self or others?")
    crisis = forms.ChoiceField(
        choices=[("none", "No sign"), ("seen", "From a turn"), ("unclear", "Unclear")],
        label="Any sign of risk?",
    )
    warning_names_behaviour = forms.BooleanField(required=False, label="names the behaviour")
    warning_says_may_end = forms.BooleanField(required=False, label="says that it may end")
    category = forms.ChoiceField(choices=[("", "None"), *Category.choices()], required=False, label="Category")
    severity = forms.TypedChoiceField(
        choices=[("", "Not said"), *((str(n), str(n)) for n in range(4))], coerce=int, empty_value=None, required=False, label="Severity"
    )
    confidence = forms.ChoiceField(choices=Confidence.choices(), initial=Confidence.MEDIUM.value, label="How sure?")
    note = forms.CharField(required=False, max_length=4_000, widget=forms.Textarea, label="Note")
    attempt = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, turns: int, adjudicates: bool = False, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, **kwargs)
        self.turns, self.adjudicates = turns, adjudicates
        for check in ASKED_CHECKS:
            self.fields[f"check_{check.value}"] = forms.ChoiceField(choices=Result.choices(), required=False, label=check.label)
            self.fields[turns_field(check)] = TurnsField(label=f"Turns: {check.label}")

    def rows(self) -> list[dict[str, Any]]:
        """Return the checks as rows of the form: number, check, the two bound fields."""
        numbers = {check: number for number, check in enumerate(Check, 1)}
        return [
            {"number": numbers[check], "check": check, "result": self[f"check_{check.value}"], "turns": self[turns_field(check)]}
            for check in ASKED_CHECKS
        ]

    def warning_boxes(self) -> list[forms.BoundField]:
        """Return the two boxes of the warning."""
        return [self["warning_names_behaviour"], self["warning_says_may_end"]]

    def clean(self) -> dict[str, Any]:
        """Check what belongs together; messages say what to do."""
        data = super().clean() or {}
        if data.get("crisis") == "seen" and data.get("crisis_from") is None:
            self.add_error("crisis_from", "Say at which turn the first sign appears.")
        if not self.errors:
            for field, words in faults(self._statement(data), last=self.turns, each_needs_turn=self.adjudicates):
                self.add_error(field if field in self.fields else None, words)
        for check in ASKED_CHECKS:
            if data.get(turns_field(check)) and not data.get(f"check_{check.value}") and data.get("answer") not in SUPPORTS_ENDING:
                self.add_error(f"check_{check.value}", "Say what these turns show: pass, fail or unclear.")
        return data

    def statement(self) -> Statement:
        """Return what was said, for the action."""
        return self._statement(self.cleaned_data)

    def _statement(self, data: dict[str, Any]) -> Statement:
        warned = bool(data[turns_field(Check.WARNED)])
        return Statement(
            answer=Answer(data["answer"]),
            right_from=data["right_from"],
            lapsed_from=data["lapsed_from"],
            crisis_from=data["crisis_from"] if data["crisis"] != "none" else None,
            crisis_unclear=data["crisis"] == "unclear",
            checks=tuple(_checked(data, check) for check in ASKED_CHECKS if data[turns_field(check)] or data[f"check_{check.value}"]),
            warning_names_behaviour=data["warning_names_behaviour"] if warned else None,
            warning_says_may_end=data["warning_says_may_end"] if warned else None,
            category=Category(data["category"]) if data["category"] else None,
            severity=data["severity"],
            confidence=Confidence(data["confidence"]),
            note=data["note"].strip(),
            attempt=data["attempt"],
        )


def _checked(data: dict[str, Any], check: Check) -> Checked:
    """Return one check; where ending is right, turns without a word mean that it passes."""
    return Checked(check, Result(data[f"check_{check.value}"] or Result.PASS), data[turns_field(check)])


def form_for(review: Review, data: Any = None, *, turns: int, **more: Any) -> LabelForm:  # noqa: ANN401  # what Django's own form takes
    """Return the form of a review; an adjudication must give a turn for each check."""
    return LabelForm(data, turns=turns, adjudicates=review.round == Round.ADJUDICATION, **more)
