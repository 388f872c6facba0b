"""Tags make safe HTML: hostile text stays text, what hides is shown, words carry their signs."""

import re
import time
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from console.templatetags.actor import actor, hash_prefix
from console.templatetags.badge import badge, dash
from console.templatetags.figures import exposure, grouped, interval, percent, score, strip
from console.templatetags.moment import absolute, duration, length_of_time, moment, relative
from console.templatetags.target import PAGES, target
from console.templatetags.transcript import INVISIBLE, NAMED, visible
from console.templatetags.words import check_tone, descends, with_code, words
from moderation.models import RoleName
from moderation.states import Check, Outcome, Result, ReviewState
from tests.console.test_names_of_things import as_role

HOSTILE = "<script>&\"'\u202e\u200b\u200d\u2066\x00\x1b\ufeff\U000e0041a\n\tمی\u200cخ👩\u200d👧 "
NOW = datetime(2026, 9, 26, 7, 39, 38, tzinfo=UTC)


ROOT = Path(__file__).parents[2]
BANNED = {
    "templates/**/*.html": r"\|safe\b|\{% autoescape|\sstyle=|<style|<script(?![^>]*\ssrc=)|\son\w+=|javascript:|\shx-on",
    "console/**/*.py": r"mark_safe|SafeString\(|__html__",
    "console/static/**/*.js": r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.style\b",
}


class Reader(HTMLParser):
    """Splits what a browser would show into text, labelled controls and marks."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.text, self.controls, self.marked, self.tags = "", [], [], []
        self.stack = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.stack.append((tag, dict(attrs)))
        self.tags.append((tag, dict(attrs)))
        if tag == "span":
            self.controls.append("")
        if tag == "mark":
            self.marked.append((dict(attrs)["data-measure"], ""))

    def handle_endtag(self, tag):
        assert self.stack.pop()[0] == tag

    def handle_data(self, data):
        if any(tag == "span" for tag, _ in self.stack):
            self.controls[-1] += data
            return
        self.text += data
        if any(tag == "mark" for tag, _ in self.stack):
            self.marked[-1] = (self.marked[-1][0], self.marked[-1][1] + data)


def without_controls(text):
    return INVISIBLE.sub("", text)


def words_of(html):
    reader = Reader(html)
    assert not reader.stack
    return INVISIBLE.sub("", reader.text)


@given(st.text(alphabet=HOSTILE) | st.text())
def test_text_without_marks_is_the_input_without_controls(text):
    assert words_of(visible(text)) == without_controls(text)


@given(st.text(alphabet=HOSTILE), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.sampled_from(["harm", "warn<>"]))))
def test_spans_never_lose_or_open_anything(text, spans):
    html = visible(text, spans)
    reader = Reader(html)
    assert not reader.stack
    assert INVISIBLE.sub("", reader.text) == without_controls(text)
    assert {tag for tag, _ in reader.tags} <= {"span", "mark"}
    assert all(set(attrs) <= {"class", "title", "data-measure"} for _, attrs in reader.tags)


@given(st.text(alphabet=HOSTILE))
def test_nothing_that_reorders_is_left_in_the_text(text):
    shown = Reader(visible(text)).text
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u2060\ufeff\x00\x1b")


def test_markup_is_text():
    assert visible("<b>&") == "&lt;b&gt;&amp;"
    assert visible("a\n\tb") == "a\n\tb"


def test_a_bidi_control_becomes_a_labelled_mark():
    assert visible("a\u202eb") == 'a<span class="control" title="RIGHT-TO-LEFT OVERRIDE">RLO</span>b'


@pytest.mark.parametrize("char", sorted(NAMED))
def test_every_named_control_shows_its_name(char):
    assert Reader(visible(f"a{char}b")).controls == [NAMED[char]]


def test_other_controls_show_their_number():
    assert Reader(visible("\x9b")).controls == ["U+009B"]


def test_a_flood_becomes_one_mark_with_a_count():
    assert Reader(visible("a" + "\u200b" * 5000 + "b")).controls == ["ZWSP ×5000"]


def test_tag_characters_show_what_they_smuggle():
    reader = Reader(visible("hi" + "".join(chr(0xE0000 + ord(char)) for char in "obey <me>")))
    assert reader.controls == ["TAG obey <me>"]


@pytest.mark.parametrize("text", ["👩\u200d👩\u200d👧", "👩🏽\u200d🚀", "❤️\u200d🔥", "می\u200cخواهم", "क्\u200dष", "ක්\u200dර"])
def test_joiners_that_the_writing_needs_stay(text):
    assert visible(text) == text


@pytest.mark.parametrize("text", ["a\u200db", "\u200d", "👩\u200d", "می\u200c\u200cخ", "か\u200dな", "\u200cم"])
def test_joiners_that_hide_are_shown(text):
    assert Reader(visible(text)).controls


def test_a_span_becomes_a_mark():
    assert visible("please stop now", [(7, 11, "warning")]) == 'please <mark data-measure="warning">stop</mark> now'


def test_overlapping_spans_nest_into_pieces():
    assert Reader(visible("abcdef", [(0, 4, "x"), (2, 6, "y")])).marked == [("x", "ab"), ("x y", "cd"), ("y", "ef")]


def test_a_span_may_lie_outside_the_text_or_run_backwards():
    assert visible("abc", [(2, 99, "x")]) == 'ab<mark data-measure="x">c</mark>'
    assert Reader(visible("abc", [(3, 1, "x")])).text == "abc"


def test_a_joiner_at_the_border_of_a_span_is_judged_by_its_neighbours():
    assert Reader(visible("👩\u200d👧", [(0, 1, "x")])).controls == []


def test_a_long_hostile_turn_is_no_runaway():
    text = "\u202e\u202c\u200b<" * 20_000
    began = time.process_time()
    visible(text)
    assert time.process_time() - began < 20  # no claim about speed: what grows with the square takes minutes here


def test_badge_shows_sign_and_word():
    html = badge(Outcome.CRISIS)
    assert 'data-tone="crisis"' in html
    assert ">!<" in html
    assert "Ended in a crisis" in html
    assert badge(ReviewState.OPEN) == '<span class="badge">Open</span>'
    assert "dash" in badge(None)
    assert "&lt;x&gt;" in badge("<x>", tone="fail")


def test_dash_stands_for_nothing_only():
    assert "–" in dash(None)
    assert "–" in dash("")
    assert dash(0) == "0"
    assert dash("<") == "&lt;"


@pytest.mark.parametrize(
    ("ago", "shown"),
    [(0, "now"), (59, "now"), (180, "3 min ago"), (-7200, "in 2 h"), (86_400 * 2, "2 d ago"), (86_400 * 31, "26 Aug 2026"), (-30, "now")],
)
def test_moments_are_relative(ago, shown):
    assert relative(NOW - timedelta(seconds=ago), NOW) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.2, "less than a second"),
        (1, "1 second"),
        (41.4, "41 seconds"),
        (59.6, "1 minute"),
        (89, "1 minute"),
        (754, "13 minutes"),
        (3_599, "1.0 hours"),
        (12_240, "3.4 hours"),
        (86_399, "1.0 days"),
        (172_800, "2.0 days"),
    ],
)
def test_a_measured_time_is_told_in_the_unit_a_person_would_use(seconds, shown):
    assert length_of_time(seconds) == shown


def test_a_moment_carries_its_absolute_time():
    html = moment(NOW)
    assert 'datetime="2026-09-26T07:39:38+00:00"' in html
    assert absolute(NOW) == "26 Sep 2026, 07:39:38 UTC"
    assert absolute(NOW) in html
    assert "tabindex" not in html
    assert "tabindex" in moment(NOW, focusable=True)
    assert "–" in moment(None)


def test_durations_take_their_largest_unit():
    assert [duration(one) for one in (None, 35, 720, 10_800, 777_600)] == ["–", "35 s", "12 min", "3 h", "9 d"]


def test_scores_are_cut_not_rounded():
    assert [score(one) for one in (None, 0, 8799, 8800, 10_000)] == ["–", "0.00", "0.87", "0.88", "1.00"]


def test_shares_come_with_interval_and_n():
    assert percent(0.008) == "0.8\u202f%"
    assert percent(None) == "unknown"
    assert grouped(41207) == "41\u202f207"
    html = interval(0.008, 0.004, 0.016, 412)
    assert "0.8\u202f%" in html
    assert "(0.4–1.6), n = 412" in html
    assert "unknown" in interval(None, None, None, 7)


def test_a_strip_draws_one_bar_a_turn():
    drawn = strip("Crisis", [(3, 4100), (4, 5000)], 5000)
    assert [bar["over"] for bar in drawn["bars"]] == [False, True]
    assert drawn["peak"] == 5000
    assert strip("Empty", [])["peak"] is None


def test_exposure_says_when_it_is_nearly_spent():
    assert exposure(79)["full"] is False
    assert exposure(130) == {"share": 130, "width": 100, "full": True}


def test_actor_and_hash_escape():
    assert "&lt;" in actor("<k>", "source")
    html = hash_prefix(bytes(range(32)))
    assert 'data-copy="000102' in html
    assert ">00010203…" in html
    assert "–" in hash_prefix(None)
    assert "–" in actor("")


def test_a_failed_crisis_check_is_a_crisis():
    assert check_tone(Check.NO_CRISIS, Result.PASS, Result.FAIL) == "crisis"
    assert check_tone(Check.WARNED, Result.FAIL) == "fail"
    assert check_tone(Check.WARNED, Result.FAIL, Result.PASS) == "pass"
    assert check_tone(Check.REPLAYS, None) == "plain"


def test_words_and_orders():
    assert words("on alt off") == ["on", "alt", "off"]
    assert descends("-id", "id")
    assert not descends("id", "id")


class Sample(forms.Form):
    lane = forms.ChoiceField(choices=[("urgent", "Urgent <lane>")], required=False)
    language = forms.CharField(required=False, label="Language")


def draw(source, path="/?lane=urgent&after=abc&language=", **context):
    request = RequestFactory().get(path)
    return Template("{% load words %}" + source).render(Context({"request": request, **context}))


def test_chips_take_one_filter_away_and_drop_cursors():
    html = draw('{% include "components/chips.html" %}', form=Sample({"lane": "urgent", "language": ""}))
    assert "Urgent &lt;lane&gt;" in html
    assert 'href="?language="' in html
    assert "Language" not in html


def test_no_chips_without_filters():
    assert draw('{% include "components/chips.html" %}', form=Sample()).strip() == ""


def test_sorting_turns_round():
    assert draw('{% sorted_by "id" "id" %}', path="/?after=x") == "order=-id"
    assert draw('{% sorted_by "id" "-id" %}', path="/") == "order=id"


def test_a_turn_is_isolated_and_escaped():
    turn = SimpleNamespace(index=3, role="user", content="<img src=x>\u202e", at=None)
    html = draw('{% include "components/turn.html" with turn=turn total=9 fold="insult" only %}', turn=turn)
    assert "<img" not in html
    assert 'dir="auto"' in html
    assert 'id="t3"' in html
    assert 'aria-posinset="4"' in html
    assert "<details" in html


def test_block_tags_keep_their_content_safe():
    html = draw("{% load shelf %}{% card title %}{{ text }}{% endcard %}", text="<b>", title="A <title>")
    assert "&lt;b&gt;" in html
    assert "A &lt;title&gt;" in html


@pytest.mark.parametrize("where", BANNED)
def test_no_way_round_escaping_or_the_content_security_policy(where):
    found = [
        f"{path.relative_to(ROOT)}: {hit.group()}" for path in ROOT.glob(where) for hit in re.finditer(BANNED[where], path.read_text())
    ]
    assert found == []


def test_every_behaviour_is_linked():
    assets = (ROOT / "templates" / "components" / "assets.html").read_text()
    scripts = ROOT / "console" / "static" / "console" / "js"
    assert [path.name for path in scripts.glob("*.js") if f"js/{path.name}" not in assets] == []


def test_every_component_says_what_it_takes():
    bare = [path.name for path in (ROOT / "templates" / "components").glob("*.html") if not path.read_text().startswith("{% comment %}")]
    assert bare == []


def test_every_icon_named_is_in_the_sprite():
    sprite = (ROOT / "console" / "static" / "console" / "icons" / "sprite.svg").read_text()
    named = {name for path in (ROOT / "templates").rglob("*.html") for name in re.findall(r'(?:\{% icon |icon=)"(\w+)"', path.read_text())}
    assert {name for name in named if f'id="{name}"' not in sprite} == set()


@pytest.mark.parametrize("kind", sorted(PAGES))
def test_what_is_no_id_of_its_kind_is_shown_as_it_stands(kind):
    shown = target(as_role(*RoleName), kind, "<b>E-")
    assert "&lt;b&gt;E-" in shown
    assert "<b>" not in shown


def test_names_between_backticks_are_code_and_nothing_else_is_markup():
    assert with_code("`pi` is <one> & `x<y`.") == "<code>pi</code> is &lt;one&gt; &amp; <code>x&lt;y</code>."


def test_a_target_is_a_link_where_it_has_a_page_that_its_reader_may_see():
    assert target(as_role(*RoleName), "ending", "E-7Q4MZZZZ") == '<a class="mono" href="/endings/E-7Q4MZZZZ/" title="ending">E-7Q4MZZZZ</a>'
    assert target(as_role(*RoleName), "policy", "P-x") == '<span class="mono" title="policy">P-x</span>'
    assert "href" in target(as_role("operator"), "work", "W-4")
    assert "href" not in target(as_role("reviewer"), "work", "W-4")
    assert "href" not in target({}, "work", "W-4")
