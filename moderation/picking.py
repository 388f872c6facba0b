"""Pure: which stream the next item comes from.

1. Urgent items come first until their due times are safe: while one of them falls due within the margin, it is served.
2. Otherwise four streams take turns by weight: the audit's draw, further reads (second reads and disputes), golden items, and
   conversations that went on. Smooth weighted round robin: before each turn every stream that has something earns its weight, the richest
   is served and pays what all earned. So the ratio holds over any stretch, and no stream comes in bunches.
3. A stream with nothing earns nothing, so that it does not flood the day once it fills again.
4. Urgent items that are safe come last, when no other stream has anything.

The balance is kept for each person, so that everybody's day has the same mix; benign items are spread through it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from moderation.states import Term


class Stream(Term):
    """What takes turns in a reviewer's day; never told to whoever labels."""

    AUDIT = "audit"
    AGAIN = "again", "Second reads and disputes"
    GOLDEN = "golden"
    WENT_ON = "went_on"


Balance = Mapping[Stream, int]
"""What each stream has earned and not spent yet."""


def weights(numbers: Sequence[int]) -> Balance:
    """Return the weights of audit, further reads, golden items and conversations that went on; raises ValueError for any other list."""
    if len(numbers) != len(Stream) or min(numbers) < 1:
        raise ValueError("four weights of at least 1 are needed")
    return dict(zip(Stream, numbers, strict=True))


def choose(filled: Collection[Stream], balance: Balance, weight: Balance) -> tuple[Stream, dict[Stream, int]]:
    """Return the stream to serve of those that have something, and the balance after it; raises ValueError where none has anything."""
    if not filled:
        raise ValueError("no stream has anything")
    earned = {stream: balance.get(stream, 0) + weight[stream] if stream in filled else 0 for stream in Stream}
    chosen = max((stream for stream in Stream if stream in filled), key=lambda stream: earned[stream])
    earned[chosen] -= sum(weight[stream] for stream in filled)
    return chosen, earned
