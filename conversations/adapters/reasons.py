"""Pure: why something could not be decoded, in words for whoever sent it: what is at fault and what it has to be, never what was in it."""

from __future__ import annotations

import re

import msgspec

KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "datetime": "a date and time",
}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
PATH = re.compile(r"^(?P<reason>.*?)(?: - at (?P<key>`key` in )?`\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
MISSING = re.compile(r"missing required field `(\w+)`")
WRONG_KIND = re.compile(r"Expected `([^`]*)`, got `([^`]*)`")
BOUND = re.compile(r"Expected `(\w+)`( of length)? (>=|<=) (\S+)")
HALF = re.compile(rb"\\u[dD][89a-fA-F]")
PLAIN = (
    ("Invalid enum value", "is none of the values it may have"),
    ("Invalid RFC3339", "must be a date and time as in RFC 3339"),
    ("Expected `datetime` with a timezone", "must say its offset from UTC, such as Z"),
    ("Expected `str` matching regex", "holds characters that are not allowed"),
)


def of_value(error: msgspec.ValidationError) -> tuple[str, str]:
    """Return the path of the field at fault, empty for the whole, and what is wrong with it."""
    found = PATH.match(str(error))
    assert found is not None  # it matches anything
    reason, path = found["reason"], found["path"] or ""
    if missing := MISSING.search(reason):
        return ".".join(part for part in (path, missing[1]) if part), "is missing"
    return path, f"has a name that {_in_words(reason)}" if found["key"] else _in_words(reason)


def of_text(raw: bytes, error: Exception) -> str:
    """Return why bytes are no JSON."""
    if raw.startswith(BYTE_ORDER_MARK):
        return "begins with a byte order mark: send UTF-8 without one"
    try:
        raw.decode()
    except UnicodeDecodeError as broken:
        return f"is not UTF-8 from byte {broken.start} of it on"
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    if HALF.search(raw) and _has_lone_half(raw):
        return "holds half a character (a lone surrogate)"
    place = re.search(r"\(byte (\d+)\)", str(error))
    return f"is not well-formed JSON from byte {place[1]} of it on" if place else "is not well-formed JSON: it breaks off"


def _in_words(reason: str) -> str:
    for begins, words in PLAIN:
        if reason.startswith(begins):
            return words
    if wrong := WRONG_KIND.fullmatch(reason):
        return f"must be {_kinds(wrong[1])}, not {_kinds(wrong[2])}"
    if bound := BOUND.fullmatch(reason):
        return _bound(bound[1], bound[3], bound[4], is_length=bool(bound[2]))
    return re.sub(r"'[^']*'", "", reason).replace("`", "").strip() or "is not valid"


def _kinds(names: str) -> str:
    return " or ".join(dict.fromkeys(KINDS.get(name, name) for name in names.split(" | ")))


def _bound(kind: str, sign: str, limit: str, *, is_length: bool) -> str:
    what = "" if not is_length else " characters" if kind == "str" else " items"
    if is_length and (sign, limit) == (">=", "1"):
        return "must not be empty"
    return f"must {'have' if is_length else 'be'} {limit}{what} {'at least' if sign == '>=' else 'at most'}"


def _has_lone_half(raw: bytes) -> bool:
    """Return whether text escapes half a character; anything else that is wrong with it is named by its place."""
    escapes = re.sub(rb"\\\\", b"", raw)
    whole = re.sub(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}", b"", escapes)
    return bool(HALF.search(whole))
