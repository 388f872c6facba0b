"""The notice to the user that an ending was a restriction, with all that Article 17(3) of the Digital Services Act asks for.

It is made from what the statement of reasons is made of, codes and counts alone, and adds what that has no field for: how to have it
decided again. An end that the user asked for restricts nobody and gets none. Whoever runs the surface hands it out; nothing is sent from
here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from conversations.models import ConversationEnd
from moderation.exports import dsa_table
from moderation.exports.statements import Restriction, facts_of
from moderation.models import Settlement, Verdict
from moderation.states import EndReason

LANGUAGE, TEMPLATE = "en", "en-1"
"""The revision goes up with any change of the wording below: a bundle says which one somebody was given."""

CORRECTED = "Since then a person has read this conversation and found that ending it was not right. It counts as a mistake of ours."
RESTRICTION = (
    "On {day} this conversation was ended: it takes no new message. Earlier messages stay readable and your account is not touched. You "
    "may start a new conversation at once, or edit an earlier message and go on from there. The end has no date on which it lapses. It "
    "holds in {where}."
)
SOURCE = "We acted on our own initiative; nobody had notified us."
AUTOMATED = "An AI model took part in the conversation, noticed this and ended it: finding and decision were fully automated."
REDRESS = (
    "You may have it decided again, free of charge, for at least six months: send an appeal where you had the conversation. A person who "
    "had no part in it decides, not a machine alone. You may also turn to an out-of-court dispute settlement body that is certified under "
    "Article 21 of the Digital Services Act, and to a court."
)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that the law asks for: which letter of Article 17(3), a heading, and what is said."""

    letter: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice in its parts; `corrected` says first that the end was found not to be right."""

    language: str
    template: str
    corrected: str
    parts: Sequence[Part]

    def as_dict(self) -> Mapping[str, object]:
        """Return it for JSON."""
        parts = [{"article": f"17(3)({one.letter})", "heading": one.heading, "text": one.text} for one in self.parts]
        return {"language": self.language, "template": self.template, "corrected": self.corrected, "parts": parts}


def notice(ending: ConversationEnd, verdict: Verdict | None, *, as_of: datetime) -> Notice | None:
    """Return the notice of an ending as of a moment; None where the user asked for the end."""
    if ending.reason == EndReason.USER_REQUEST or ending.actor == "user":
        return None
    return Notice(LANGUAGE, TEMPLATE, CORRECTED if _was_wrong(ending, as_of) else "", _parts(ending, verdict))


def _parts(ending: ConversationEnd, verdict: Verdict | None) -> Sequence[Part]:
    ground = dsa_table.ground(verdict.policy.version if verdict else 1)
    why = f"{ground['incompatible_content_explanation']} {ground.get('decision_ground_reference_url', '')}".strip()
    where = ", ".join(dsa_table.territory())
    return (
        Part("a", "What was restricted", RESTRICTION.format(day=ending.requested_at.date().isoformat(), where=where)),
        Part("b", "The facts", f"{facts_of(Restriction(ending, verdict))} {SOURCE}"),
        Part("c", "Automated means", AUTOMATED),
        Part("e", "The rule it rests on", f"{ground['incompatible_content_ground']}. {why}"),
        Part("f", "What you can do", REDRESS),
    )


def _was_wrong(ending: ConversationEnd, as_of: datetime) -> bool:
    settled = Settlement.objects.filter(unit__branch=ending.branch_id, settled_at__lte=as_of)
    return bool(settled.values_list("wrongful", flat=True).first())
