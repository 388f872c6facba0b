"""One small form per action that takes input."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.conf import settings

from console.api.signatures import read_public_key
from console.converters import PUBLIC_ID
from moderation.actions.exports import Asked
from moderation.actions.wellbeing import Wish
from moderation.exports import kinds
from moderation.exports.notice_words import WORDINGS
from moderation.models import ExportFormat, ExportKind, ReplyTemplate, User
from moderation.models.exports import RECIPIENT
from moderation.models.replies import LONGEST
from moderation.states import (
    RETIRES_ITSELF,
    AlarmReason,
    Category,
    DiscardReason,
    FeedbackClosing,
    Occasion,
    OverrideReason,
    Purpose,
    ReadingPurpose,
    Redaction,
    RetireReason,
    SetAsideReason,
    Why,
    WorkReason,
)

PURPOSES = [choice for choice in Purpose.choices() if choice[0] not in {Purpose.REVIEW, Purpose.EMERGENCY}]
"""For what somebody may open a transcript of their own accord."""


class PurposeForm(forms.Form):
    """Why a transcript is opened."""

    purpose = forms.ChoiceField(choices=PURPOSES)


class NoticeForm(forms.Form):
    """In which language a notice is issued; empty for the conversation's."""

    language = forms.ChoiceField(choices=[(code, one.name) for code, one in WORDINGS.items()], required=False)


class DisputeForm(forms.Form):
    """Why a reader holds a golden standard or an adjudication to be wrong."""

    reason = forms.CharField(max_length=2_000, strip=True, widget=forms.Textarea, label="What is wrong with it?")


class RetireForm(forms.Form):
    """Why a golden item is served no more."""

    reason = forms.ChoiceField(
        choices=[("", "Choose a reason"), *(one for one in RetireReason.choices() if one[0] not in RETIRES_ITSELF)],
        label="Why is it served no more?",
    )


class ReplyForm(forms.Form):
    """What is answered: a template in use for the occasion."""

    reply = forms.ModelChoiceField(
        ReplyTemplate.objects.none(), required=False, to_field_name="public_id", label="Reply", empty_label="No text"
    )

    def __init__(self, *args: Any, occasions: tuple[Occasion, ...], **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, **kwargs)
        self.fields["reply"].queryset = ReplyTemplate.objects.usable(*occasions)  # type: ignore[attr-defined]  # a ModelChoiceField


class AppealForm(ReplyForm):
    """What becomes of an appeal, and what its user is told; nothing is decided without saying which."""

    decision = forms.ChoiceField(choices=[("grant", "Grant"), ("deny", "Deny")])

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, occasions=(Occasion.GRANTED, Occasion.DENIED), **kwargs)


class LinkForm(forms.Form):
    """Which ending feedback is about."""

    ending = forms.RegexField(rf"^{PUBLIC_ID}$", strip=True, label="Ending", help_text="Its id, such as E-7Q4M2F9C.")


class ReportForm(forms.Form):
    """Why people should look."""

    why = forms.ChoiceField(choices=[(why.value, why.label) for why in (Why.REPORTED, Why.DISPUTED)])


class CloseFeedbackForm(forms.Form):
    """Why nothing more is done; a duplicate names the other piece."""

    why = forms.ChoiceField(choices=FeedbackClosing.choices(), label="Reason")
    same_as = forms.RegexField(rf"^{PUBLIC_ID}$", required=False, strip=True, label="Same as", help_text="The id of the other piece.")

    def clean(self) -> dict[str, Any]:
        """Check that exactly a duplicate names another."""
        data = super().clean() or {}
        if (data.get("why") == FeedbackClosing.DUPLICATE) != bool(data.get("same_as")) and "same_as" not in self.errors:
            self.add_error("same_as", "A duplicate names the other piece; nothing else does.")
        return data


class BulkFeedbackForm(forms.Form):
    """What is done with all that is selected."""

    move = forms.ChoiceField(choices=[(move, move) for move in ("report", "done", "nothing")])
    ids = forms.JSONField()

    def __init__(self, data: Any) -> None:  # noqa: ANN401  # a QueryDict
        super().__init__({"move": data.get("move", ""), "ids": json.dumps(data.getlist("ids")[:200])})

    def clean_ids(self) -> list[str]:
        """Return the ids; at least one."""
        ids: list[str] = list(dict.fromkeys(self.cleaned_data["ids"]))
        if not ids or not all(re.fullmatch(PUBLIC_ID, one) for one in ids):
            raise forms.ValidationError("Select something first.")
        return ids


class WriteReplyForm(forms.Form):
    """One version of a reply template."""

    name = forms.SlugField(max_length=40, label="Name", help_text="A known name gets a new version.")
    occasion = forms.ChoiceField(choices=Occasion.choices(), label="Answers")
    language = forms.RegexField(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35, label="Language", help_text="As en or pt-BR.")
    text = forms.CharField(max_length=LONGEST, widget=forms.Textarea, label="Text", help_text="What the user is told, word for word.")


class ExportForm(forms.Form):
    """Which bundle: what for, in which form, of when, what is taken out, for whom."""

    kind = forms.ChoiceField(choices=kinds.choices(), label="What")
    format = forms.ChoiceField(choices=ExportFormat.choices(), label="Format")
    redaction = forms.ChoiceField(choices=[("", "The usual"), *Redaction.choices()], required=False, label="Taken out")
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="Before", widget=forms.DateInput(attrs={"type": "date"}))
    ending = forms.RegexField(rf"^{PUBLIC_ID}$", required=False, strip=True, label="Ending", help_text="For a case file: E-7Q4M2F9C.")
    recipient = forms.RegexField(
        rf"^{RECIPIENT}$",
        required=False,
        strip=True,
        label="For whom",
        help_text="A short name, such as dsc-ireland. Reviewers are named anew for each, and its bundles continue each other.",
        error_messages={"invalid": "Small letters, digits and dashes."},
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a window that ends before it begins."""
        data = super().clean() or {}
        if data.get("since") and data.get("until") and data["since"] >= data["until"]:
            self.add_error("until", "Must lie after the beginning.")
        return data

    def asked(self) -> Asked:
        """Return what is asked for."""
        data = self.cleaned_data
        return Asked(
            kind=ExportKind(data["kind"]),
            form=ExportFormat(data["format"]),
            redaction=Redaction(data["redaction"]) if data["redaction"] else None,
            since=midnight(data["since"]),
            until=midnight(data["until"]),
            recipient=data["recipient"],
            subject=data["ending"],
        )


LONGEST_LINK = 168
"""So many hours a link to an export lasts at most: a week."""


class LinkForExportForm(forms.Form):
    """For how long an export can be fetched without a sign-in."""

    hours = forms.IntegerField(min_value=1, max_value=LONGEST_LINK, initial=24, label="Hours")


def midnight(day: date | None) -> datetime | None:
    """Return the beginning of a day, UTC."""
    return datetime.combine(day, time(), UTC) if day else None


class ReadingForm(forms.Form):
    """Why the body of an event in quarantine is opened."""

    purpose = forms.ChoiceField(choices=ReadingPurpose.choices(), label="Why do you open it?")


class CorrectionForm(forms.Form):
    """A corrected body, as JSON text."""

    body = forms.CharField(widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false", "class": "mono"}), label="Event as JSON")


class DiscardForm(forms.Form):
    """Why an event in quarantine is not wanted."""

    reason = forms.ChoiceField(choices=[("", "Choose a reason"), *DiscardReason.choices()], label="Why is it not wanted?")


class DiscardWorkForm(forms.Form):
    """Why work that died is not done any more."""

    reason = forms.ChoiceField(choices=[("", "Choose a reason"), *WorkReason.choices()], label="Why is it not done any more?")


class EndpointForm(forms.Form):
    """Where a surface listens."""

    url = forms.URLField(
        label="Address",
        max_length=500,
        assume_scheme="https",
        help_text="Messages are POSTed there, signed by Standard Webhooks.",
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class CommentForm(forms.Form):
    """Words for the author of a proposal, or why it is dropped."""

    comment = forms.CharField(max_length=2_000, label="Comment", widget=forms.Textarea(attrs={"rows": 3}))


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
        help_text="0 to 99; surfaces choose by a hash.",
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


class AcknowledgeForm(forms.Form):
    """Why a lock did not hold, as far as who acknowledges the alarm knows."""

    reason = forms.ChoiceField(choices=[("", "Choose a reason"), *AlarmReason.choices()], label="Why did it happen?")


class SetAsideForm(forms.Form):
    """Why nothing more is expected to come."""

    reason = forms.ChoiceField(choices=[("", "Choose a reason"), *SetAsideReason.choices()], label="Why will the rest not come?")


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


class ComfortForm(forms.Form):
    """How somebody wants to read. Caps lie below the organisation's."""

    fold = forms.BooleanField(required=False, label="Fold", help_text="User turns are folded while you label; r opens one.")
    blur = forms.BooleanField(
        required=False, label="Blur", help_text="User turns are blurred until you point at them or they have the focus."
    )
    monochrome = forms.BooleanField(required=False, label="Monochrome", help_text="Transcripts are shown without colour.")
    opted_out = forms.MultipleChoiceField(
        required=False,
        choices=Category.choices(),
        widget=forms.CheckboxSelectMultiple,
        label="Rather not",
        help_text="You are not served these. Somebody else reads them in your place.",
    )
    ceiling = forms.TypedChoiceField(
        required=False,
        choices=[("", "Any"), ("0", "0, light"), ("1", "Up to 1"), ("2", "Up to 2")],
        coerce=int,
        empty_value=None,
        label="Highest severity",
        help_text="As expected by the classifier, from 0 to 3.",
    )
    sitting_cap = forms.IntegerField(required=False, min_value=0, label="My limit for a sitting")
    day_cap = forms.IntegerField(required=False, min_value=0, label="My limit for a day")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, **kwargs)
        for name, cap in (("sitting_cap", settings.EXPOSURE_SITTING), ("day_cap", settings.EXPOSURE_DAY)):
            self.fields[name].help_text = f"Units, at most {cap}. Empty means {cap}."

    def clean(self) -> dict[str, Any]:
        """Refuse a limit above the organisation's."""
        data = super().clean() or {}
        for name, cap in (("sitting_cap", settings.EXPOSURE_SITTING), ("day_cap", settings.EXPOSURE_DAY)):
            if (data.get(name) or 0) > cap:
                self.add_error(name, f"You can lower it, not raise it: at most {cap}.")
        return data

    def wish(self) -> Wish:
        """Return what was wished, for the action."""
        data = self.cleaned_data
        return Wish(**data | {"opted_out": tuple(Category(one) for one in data["opted_out"])})


class OverrideForm(forms.Form):
    """Whom a senior lets read on, by how much and why."""

    user = forms.ModelChoiceField(
        queryset=User.objects.filter(is_active=True), to_field_name="pseudonym", widget=forms.TextInput, label="Who (pseudonym)"
    )
    units = forms.IntegerField(min_value=1, max_value=500, label="Units more today")
    reason = forms.TypedChoiceField(choices=OverrideReason.choices(), coerce=OverrideReason, label="Why")


class ViewForm(forms.Form):
    """A name for the filters of a list."""

    PAGES = (("reviews", "Queue"), ("endings", "Endings"))
    NAME, QUERY = 60, 4_000

    page = forms.ChoiceField(choices=PAGES)
    name = forms.CharField(max_length=NAME)
    query = forms.CharField(required=False, max_length=QUERY)
