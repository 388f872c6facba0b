"""Keys of one's own: what is refused, what holds, at both doors; and that every page prints and speaks them."""

import json
import re
from itertools import combinations

import pytest
from django.template import Context, Template
from hypothesis import given, settings
from hypothesis import strategies as st

from console.commands import BY_ID, COMMANDS, SCREENS, aria, for_screen, normal
from console.keyboard import keys_with, own_keys, refusals, tidy, whose
from moderation.audit.events import Event
from moderation.models import AuditEntry, User

KEYS = st.one_of(
    st.sampled_from([normal(key) for command in COMMANDS for key in command.keys]),
    st.characters(categories=["L", "N", "P", "S", "Z"]).map(tidy),
    st.sampled_from("ghjkxyz").flatmap(lambda first: st.sampled_from("abgq").map(lambda second: f"{first} {second}")),
    st.sampled_from(["Tab", "Escape", "F5", "Ctrl+W", "Alt+D", "Shift+Tab", "Shift+Q", "Shift+7", "a b c", "'"]),
)


def api(client, method, body=None):
    return getattr(client, method)("/api/v1/keyboard/", json.dumps(body or {}), content_type="application/json")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("J", "Shift+J"),
        ("j", "j"),
        ("shift+j", "Shift+J"),
        (" g   q ", "g q"),
        ("SHIFT+0", "Shift+0"),
        ("+", "+"),
        ("ctrl+enter", "Ctrl+ENTER"),
    ],
)
def test_keys_have_one_spelling(typed, kept):
    assert tidy(typed) == kept


@pytest.mark.parametrize("key", ["Tab", "Escape", "Enter", "F5", "Ctrl+W", "Alt+D", "'", " ", "a b c", "Shift+Tab", "g Shift+Q", "ArrowUp"])
def test_keys_of_browsers_and_screen_readers_are_refused(key):
    assert "list.select" in refusals({"list.select": key})


def test_our_own_keys_are_never_refused():
    assert refusals({command.id: normal(command.keys[0]) for command in COMMANDS}) == {}


def test_a_collision_names_the_other_command():
    assert "Open" in refusals({"list.next": "o"})["list.next"]
    assert refusals({"list.next": "o", "list.open_tab": "j"}) == {}, "two commands may change places"
    assert set(refusals({"list.next": "z", "list.previous": "z"})) == {"list.next", "list.previous"}


def test_a_key_that_begins_a_sequence_is_refused():
    assert "list.next" in refusals({"list.next": "g"})
    assert "list.next" in refusals({"list.next": "k x"})


def test_what_goes_out_needs_shift():
    assert "Shift" in refusals({"everywhere.undo": "z"})["everywhere.undo"]
    assert refusals({"everywhere.undo": "Shift+U"}) == {}


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(BY_ID)), KEYS, max_size=6))
def test_whatever_is_chosen_no_two_commands_of_a_page_share_keys(own):
    class Person:
        keymap = own

    held = own_keys(Person())
    assert held.items() <= own.items()
    assert refusals(own) or held == own
    for screen in SCREENS:
        for one, other in combinations(for_screen(screen), 2):
            mine, theirs = keys_with(one, held), keys_with(other, held)
            assert not {normal(key) for key in mine} & {normal(key) for key in theirs}, (one.id, other.id, screen)
    for name, key in held.items():
        assert not key.startswith(("Ctrl+", "Alt+")) or key in BY_ID[name].keys
        assert not BY_ID[name].outward or key.startswith(("Shift+", "Ctrl+"))


def test_a_command_that_is_gone_is_forgotten():
    class Person:
        keymap = {"list.gone": "z", "list.next": "z"}

    assert own_keys(Person()) == {"list.next": "z"}


def test_shortcuts_are_spoken_as_they_work():
    assert aria(("J", "PageDown"), "alt") == "Alt+Shift+J Alt+PageDown"
    assert aria(("J", "PageDown"), "off") == ""
    assert aria(("Ctrl+Enter",), "off") == "Control+Enter"


def test_a_button_prints_and_speaks_the_persons_key():
    token = whose.set(User(keymap={"list.next": "z"}, alt_before_keys=True))
    html = Template('{% load commands %}{% command "list.next" %}{% key_hint "list.next" %}').render(Context())
    whose.reset(token)
    assert 'data-keys="z"' in html
    assert 'aria-keyshortcuts="Alt+z"' in html
    assert html.count(">z</kbd>") == 2


@pytest.mark.django_db
def test_keys_by_page(client_of, outsider):
    client = client_of(outsider)
    answer = client.post("/settings/keyboard/", {"single_keys": "on", "alt_before_keys": "on", "go.home": "g i", "list.next": "j"})
    assert answer.status_code == 302
    outsider.refresh_from_db()
    assert (outsider.key_mode, outsider.keymap) == ("alt", {"go.home": "g i"})
    page = client.get("/settings/keyboard/").content.decode()
    assert 'data-keys="g i"' in page
    assert 'data-single-keys="alt"' in page
    assert re.search(r'name="go.home" value="g i"', page)
    entry = AuditEntry.objects.naming(Event.KEYBOARD_SET).get()
    assert b'"alt"' in bytes(entry.body)
    assert b"g i" not in bytes(entry.body)


@pytest.mark.django_db
def test_a_refused_key_keeps_everything_as_it_was(client_of, reviewer):
    answer = client_of(reviewer).post("/settings/keyboard/", {"list.next": "k", "list.open_tab": "z"})
    assert answer.status_code == 422
    assert "belongs to “Previous row”" in answer.content.decode()
    reviewer.refresh_from_db()
    assert (reviewer.key_mode, reviewer.keymap) == ("on", {})
    assert not AuditEntry.objects.naming(Event.KEYBOARD_SET).exists()


@pytest.mark.django_db
def test_one_switch_turns_single_keys_off_and_on_and_leaves_the_rest(client_of, reviewer):
    client = client_of(reviewer)
    client.post("/settings/keyboard/", {"single_keys": "on", "alt_before_keys": "on", "list.next": "z"})
    answer = client.post("/settings/keyboard/switch/", {"on": "no"}, headers={"HX-Request": "true"})
    assert json.loads(answer["HX-Trigger"])["key-mode"] == {"value": "off"}
    assert 'aria-checked="false"' in answer.content.decode()
    assert 'data-single-keys="off"' in client.get("/").content.decode()
    assert client.post("/settings/keyboard/switch/", {"on": "yes"}).status_code == 302
    reviewer.refresh_from_db()
    assert (reviewer.key_mode, reviewer.keymap) == ("alt", {"list.next": "z"})
    assert client.post("/settings/keyboard/reset/").status_code == 302
    reviewer.refresh_from_db()
    assert (reviewer.key_mode, reviewer.keymap) == ("alt", {})


@pytest.mark.django_db
def test_keys_by_api_follow_the_same_rules(client_of, outsider):
    client = client_of(outsider)
    wanted = {"single_keys": True, "alt_before_keys": False, "keymap": {"list.next": "Z"}}
    assert api(client, "put", wanted).json()["keymap"] == {"list.next": "Shift+Z"}
    told = {one["id"]: one["keys"] for one in client.get("/api/v1/keyboard/").json()["commands"]}
    assert (told["list.next"], told["list.previous"]) == (["Shift+Z"], ["k"])
    assert len(told) == len(COMMANDS)
    assert api(client, "put", wanted | {"keymap": {"list.next": "k"}}).status_code == 422
    assert api(client, "put", wanted | {"keymap": {"nobody.home": "k"}}).status_code == 422
    assert api(client, "put", {"keymap": {}}).status_code == 422
    assert api(client, "post", wanted).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["reset/", "switch/"])
def test_settings_change_by_post_only(client_of, reviewer, path):
    assert client_of(reviewer).get(f"/settings/keyboard/{path}").status_code == 405


@pytest.mark.django_db
def test_settings_say_who_one_is_and_what_roles_may(client_of, reviewer):
    client = client_of(reviewer)
    page = client.get("/settings/").content.decode()
    assert reviewer.pseudonym in page
    assert "Reviewer" in page
    matrix = client.get("/settings/roles/").content.decode()
    assert "claim and label reviews" in matrix
