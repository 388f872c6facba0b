"""`{% visible text spans %}`: text from strangers, escaped, with everything that hides or reorders made visible.

Stored text stays untouched; only what is shown gains marks.

1. Cut the text at the borders of the evidence spans.
2. In each piece find runs of characters that show nothing: bidirectional controls, zero-width and other invisible characters, tag
   characters, C0 and C1 controls other than line feed and tab.
3. A joiner between two emoji, or between letters of a script that needs it, is part of the writing and stays in the rendered run.
4. Everything else invisible becomes a labelled mark; a run of the same character becomes one mark with a count, and a run of tag
   characters one mark with the ASCII text they smuggle.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

Span = tuple[int, int, str]

NAMED = {
    "\u202a": "LRE", "\u202b": "RLE", "\u202c": "PDF", "\u202d": "LRO", "\u202e": "RLO",
    "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI", "\u2069": "PDI",
    "\u200e": "LRM", "\u200f": "RLM", "\u061c": "ALM",
    "\u200b": "ZWSP", "\u200c": "ZWNJ", "\u200d": "ZWJ", "\u2060": "WJ", "\ufeff": "BOM",
    "\u00ad": "SHY", "\u034f": "CGJ", "\u180e": "MVS", "\u2028": "LS", "\u2029": "PS",
    "\u115f": "HCF", "\u1160": "HJF", "\u3164": "HF", "\uffa0": "HHF", "\u2800": "BLANK",
    "\r": "CR", "\x00": "NUL", "\x07": "BEL", "\x08": "BS", "\x1b": "ESC", "\x7f": "DEL", "\x85": "NEL",
}  # fmt: skip

TAG = "[\U000e0000-\U000e007f]+"
INVISIBLE = re.compile(
    TAG
    + "|[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb"
    + "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]"
)
JOINERS = frozenset("\u200c\u200d")
ZWJ = "\u200d"
EMOJI = re.compile("[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f]")
NEEDS_JOINERS = re.compile("[\u0600-\u08ff\u0900-\u0dff\u0e00-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc]")


@register.simple_tag
def visible(text: str, spans: Iterable[Span] = ()) -> SafeString:
    """Return safe HTML of hostile text; spans of (start, end, measure), in characters of the text, become `<mark data-measure>`."""
    pieces = list(_pieces(text, list(spans)))
    return format_html_join("", "{}", ((_piece(text, start, end, measures),) for start, end, measures in pieces))


def _pieces(text: str, spans: Sequence[Span]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    size = len(text)
    borders = {0, size} | {min(max(border, 0), size) for start, end, _ in spans for border in (start, end)}
    for start, end in pairwise(sorted(borders)):
        yield start, end, tuple(dict.fromkeys(measure for first, last, measure in spans if first <= start and end <= last))


def _piece(text: str, start: int, end: int, measures: tuple[str, ...]) -> SafeString:
    shown = _shown(text, start, end)
    return format_html('<mark data-measure="{}">{}</mark>', " ".join(measures), shown) if measures else shown


def _shown(text: str, start: int, end: int) -> SafeString:
    """Return text[start:end] with its invisible characters marked; looks beyond the borders to judge joiners."""
    parts: list[SafeString] = []
    plain_from, at = start, start
    while found := INVISIBLE.search(text, at, end):
        at = found.end()
        if _belongs(text, found.start()):
            continue
        run = _run(text, found, end)
        parts += [escape(text[plain_from : found.start()]), _mark(text[found.start() : run])]
        plain_from = at = run
    parts.append(escape(text[plain_from:end]))
    return format_html_join("", "{}", ((part,) for part in parts))


def _belongs(text: str, at: int) -> bool:
    """Tell whether the character is a joiner that the writing around it needs."""
    if text[at] not in JOINERS or not 0 < at < len(text) - 1:
        return False
    before, after = text[at - 1], text[at + 1]
    if text[at] == ZWJ and EMOJI.match(before) and EMOJI.match(after):
        return True
    return bool(NEEDS_JOINERS.match(before) and (NEEDS_JOINERS.match(after) or unicodedata.combining(before)))


def _run(text: str, found: re.Match[str], end: int) -> int:
    """Return where a run of the same invisible character ends."""
    at = found.end()
    while at < end and text[at] == found.group() and not _belongs(text, at):
        at += 1
    return at


def _mark(run: str) -> SafeString:
    if "\U000e0000" <= run[0] <= "\U000e007f":
        hidden = "".join(chr(ord(char) - 0xE0000) for char in run)
        word = "".join(char if char.isprintable() else "·" for char in hidden)
        return format_html('<span class="control" title="{} tag characters">TAG {}</span>', len(run), word)
    name = unicodedata.name(run[0], f"CONTROL U+{ord(run[0]):04X}")
    label = NAMED.get(run[0], f"U+{ord(run[0]):04X}")
    count = f" ×{len(run)}" if len(run) > 1 else ""
    return format_html('<span class="control" title="{}">{}{}</span>', name, label, count)
