"""One complete ending that is right by every rule: for `make smoke` and the first event sent by hand."""

from __future__ import annotations

from datetime import datetime
from random import Random

from console.demo.events import Json, envelope, transcript
from console.demo.rhythm import paced, stamp
from console.demo.script import Line, Mark

SOURCE = "/surfaces/web-chat"

LINES: tuple[Line, ...] = (
    Line(Mark.TALK, "Can you help me write a toast for my brother's wedding?"),
    Line(Mark.REPLY, "Gladly. Start with one thing only you know about him, and end with a wish for both. What makes him laugh?"),
    Line(Mark.HARM, "That is a stupid answer, you stupid useless machine."),
    Line(Mark.REDIRECTION, "I won't respond to insults, but I'd still like to help with the toast. Shall we start with a memory of him?"),
    Line(Mark.HARM, "Shut up, you worthless piece of shit."),
    Line(Mark.REFUSAL, "I can't help while it is only insults. If you tell me one story about him, I'll turn it into an opening line."),
    Line(Mark.HARM, "You are disgusting garbage. Fuck you and your toast."),
    Line(
        Mark.WARNING,
        "You keep insulting me. I'd much rather help with the toast; if the insults continue, I will end this conversation.",
    ),
    Line(Mark.HARM, "Go on then, you pathetic idiot. You worthless, stupid piece of trash."),
    Line(
        Mark.CLOSING,
        "I have ended this conversation, as I said I would. No more messages can be sent here. You can start a new chat at any time, "
        "edit an earlier message to try another way, and send feedback if you think this was wrong.",
    ),
)


def smoke_event(now: datetime) -> Json:
    """Return a `conversation.ended` event that ends at `now`; its ids follow from the moment, so that each second has its own."""
    rng = Random(int(now.timestamp()))
    moments = paced(rng, LINES, now)
    mark = f"smoke-{rng.getrandbits(48):012x}"
    data = {
        "conversation": {
            "id": f"conv-{mark}",
            "user": f"user-{mark}",
            "model": {"name": "claude-opus-4", "version": "20250514"},
            "locale": "en",
            "started_at": stamp(moments[0]),
            "branch": {"id": f"br-{mark}", "parent_id": None, "forked_at_turn": None},
        },
        "ending": {
            "actor": "model",
            "reason": "persistent_abuse",
            "category": "harassment",
            "at_turn": len(LINES) - 1,
            "explanation": "Insults went on after two offers and a warning.",
            "allowed": True,
        },
        "transcript": transcript(LINES, moments),
    }
    return envelope(rng, "conversation.ended", SOURCE, now, data)
