"""One small form per action that takes input."""

from __future__ import annotations

import json
import re
from typing import Any

from django import forms

from console.api.signatures import read_public_key
from console.converters import PUBLIC_ID
from moderation.exports.notice_words import WORDINGS
from moderation.models import ReplyTemplate
from moderation.models.replies import LONGEST
from moderation.states import (
    RETIRES_ITSELF,
    AlarmReason,
    DiscardReason,
    FeedbackClosing,
    Occasion,
    Purpose,
    ReadingPurpose,
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


class FeedbackReplyForm(ReplyForm):
    """What feedback is answered, and whether its ending, which people found wrong, is nominated as golden with it."""

    nominate = forms.BooleanField(required=False, initial=True, label="Nominate it as a golden item")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, occasions=(Occasion.FEEDBACK,), **kwargs)


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
