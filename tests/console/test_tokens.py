"""The tokens keep their contrasts in both themes, and no other file has colours or sizes of its own."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "console" / "static" / "console" / "css"
TOKENS = (CSS / "tokens.css").read_text()
COLOUR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
ALIAS = re.compile(r"--([\w-]+): var\(--([\w-]+)\)")
GROUNDS = ("paper", "sunken", "floating")
WORDS = ("text", "text-quiet", "accent", "accent-strong", "pass", "fail", "unclear", "crisis")
PAIRS = [
    *((word, ground, 4.5) for word in WORDS for ground in GROUNDS),
    *((f"{meaning}", f"{meaning}-soft", 4.5) for meaning in ("pass", "fail", "unclear", "crisis")),
    *(("text", f"{meaning}-soft", 7) for meaning in ("pass", "fail", "unclear", "crisis", "accent")),
    *(("text", ground, 7) for ground in (*GROUNDS, "lit", "row-hover", "control-hover", "control-ground")),
    *(("text-quiet", ground, 4.5) for ground in ("row-hover", "control-hover", "control-ground", "accent-soft")),
    ("accent-strong", "accent-soft", 4.5),
    ("accent", "row-hover", 4.5),
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-strong", 4.5),
    ("on-danger", "danger", 4.5),
    ("on-crisis", "crisis-solid", 4.5),
    *(("crisis-solid", ground, 3) for ground in GROUNDS),
    *((sign, ground, 3) for sign in ("line-strong", "focus", "evidence", "crisis") for ground in (*GROUNDS, "lit")),
]


def colours(theme):
    found = {name: both[theme] for name, *both in COLOUR.findall(TOKENS)}
    for _ in range(3):
        found |= {name: found[of] for name, of in ALIAS.findall(TOKENS) if of in found}
    return found


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_contrasts_hold(theme):
    known = colours(theme)
    low = [
        f"{front} on {ground}: {contrast(known[front], known[ground]):.2f}, wanted {least}"
        for front, ground, least in PAIRS
        if contrast(known[front], known[ground]) < least
    ]
    assert not low


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_neutral_scale_runs_one_way(theme):
    steps = [luminance(colours(theme)[f"n{step}"]) for step in range(1, 13)]
    assert steps in (sorted(steps), sorted(steps, reverse=True))


@pytest.mark.parametrize("path", sorted(CSS.glob("*.css")), ids=lambda path: path.name)
def test_no_literal_colours_or_sizes_outside_tokens(path):
    if path.name == "tokens.css":
        pytest.skip("the tokens are the place for literals")
    rules = re.sub(r"/\*.*?\*/|@(media|container)[^{]*\{", "", path.read_text(), flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(|\d(?:px|rem|em|ch)\b", rules) == []


@pytest.mark.parametrize("path", sorted(CSS.glob("*.css")), ids=lambda path: path.name)
def test_every_token_used_is_declared(path):
    declared = set(re.findall(r"--([\w-]+):", TOKENS))
    assert set(re.findall(r"var\(--([\w-]+)\)", path.read_text())) <= declared


def test_every_style_is_linked():
    assets = (CSS.parents[3] / "templates" / "components" / "assets.html").read_text()
    assert [path.name for path in CSS.glob("*.css") if f"css/{path.name}" not in assets] == []
