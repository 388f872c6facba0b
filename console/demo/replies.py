"""The reply templates of the demo world: what users are told, word for word."""

from __future__ import annotations

from collections.abc import Mapping

from moderation.actions.replies import Text
from moderation.states import Occasion

REPLIES: Mapping[str, Text] = {
    "appeal-granted": Text(
        Occasion.GRANTED,
        "en",
        "Somebody who had no part in the first decision read your conversation again. Ending it was wrong. We are sorry. The conversation "
        "stays closed, but you can branch it by editing an earlier message, or start a new one at any time.",
    ),
    "appeal-denied": Text(
        Occasion.DENIED,
        "en",
        "Somebody who had no part in the first decision read your conversation again and came to the same result: after a warning the "
        "same requests went on. You can start a new conversation or edit an earlier message at any time.",
    ),
    "thanks": Text(
        Occasion.FEEDBACK,
        "en",
        "Thank you for telling us. A person reads what is sent here, and it helps us to find mistakes.",
    ),
    "sorry": Text(
        Occasion.FEEDBACK,
        "en",
        "Thank you for telling us. We read the conversation again: it should not have been ended, and we are sorry that it was.",
    ),
    "entschuldigung": Text(
        Occasion.FEEDBACK,
        "de",
        "Danke für den Hinweis. Wir haben das Gespräch noch einmal gelesen: Es hätte nicht beendet werden dürfen. Das tut uns leid.",
    ),
}
