"""The registry of commands: no collisions, no shadowed keys, a control for each, graver acts behind a modifier."""

import re
from itertools import combinations
from pathlib import Path

import pytest
from django.template import Context, Template

from console.commands import ALWAYS, COMMANDS, SCREENS, Scope, aria, find, for_screen, normal
from console.shell import RAIL

ROOT = Path(__file__).parents[2]
TEMPLATES = [path for path in (ROOT / "templates").rglob("*.html") if "styleguide" not in path.as_posix()]
MODIFIED_ALLOWED = {"Ctrl+K", "Ctrl+Z", "Ctrl+Enter"}
SHADOWS = {
    "Tab",
    "Escape",
    "Space",
    " ",
    "ArrowUp",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "Home",
    "End",
    "'",
    "Backspace",
    "Delete",
    "Insert",
}


def test_ids_are_unique():
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("screen", SCREENS)
def test_no_two_commands_active_together_share_keys(screen):
    clashes = [
        (one.id, other.id)
        for one, other in combinations(for_screen(screen), 2)
        if {normal(key) for key in one.keys} & {normal(key) for key in other.keys}
    ]
    assert clashes == []


@pytest.mark.parametrize("screen", SCREENS)
def test_no_key_begins_a_sequence_of_the_same_screen(screen):
    keys = {key for command in for_screen(screen) for key in command.keys}
    assert {key.split(" ")[0] for key in keys if " " in key} & keys == set()


def test_every_scope_is_on_some_screen():
    assert set(Scope) == frozenset().union(*SCREENS.values())
    assert all(scopes >= ALWAYS for scopes in SCREENS.values())


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_no_browser_or_screen_reader_key_is_shadowed(command):
    for key in command.keys:
        if "+" in key and not key.startswith("Shift+"):
            assert key in MODIFIED_ALLOWED
        if key in {"PageUp", "PageDown"}:
            assert command.scope is Scope.TRANSCRIPT
        assert key not in SHADOWS
        assert not re.fullmatch(r"F\d+", key)


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.outward], ids=lambda command: command.id)
def test_what_cannot_be_taken_back_needs_a_modifier(command):
    assert all(normal(key).startswith(("Shift+", "Ctrl+")) for key in command.keys)


def has_page(command):
    """Whether the page of a command's scope is drawn yet; the shared scopes always are."""
    folder = {
        Scope.HOME: "home",
        Scope.QUEUE: "reviews",
        Scope.LABEL: "reviews",
        Scope.ENDING: "endings",
        Scope.AUDIT: "audit",
        Scope.VERSION: "endings",
    }.get(command.scope)
    return folder is None or (ROOT / "templates" / folder).is_dir()


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.scope is not Scope.GO], ids=lambda command: command.id)
def test_every_command_has_a_control(command):
    if not has_page(command):
        pytest.skip(f"no page for {command.scope} yet")
    control = re.compile(
        rf"""(command|key_attributes) "{re.escape(command.id)}"|command="{re.escape(command.id)}"|"{re.escape(command.id)}" """
    )
    assert any(control.search(path.read_text()) for path in TEMPLATES)


def test_every_place_to_go_is_in_the_rail():
    assert {keys for command in COMMANDS if command.scope is Scope.GO for keys in command.keys} == {item.keys for item in RAIL}


def test_no_template_names_an_unknown_command():
    named = {
        name for path in TEMPLATES for name in re.findall(r'{% (?:command|key_attributes|key_hint) "([\w.]+)"(?!\|)', path.read_text())
    }
    assert {name for name in named if not name.endswith(".")} <= {command.id for command in COMMANDS}


def test_aria_leaves_sequences_out_and_spells_modifiers_out():
    assert aria(("g q",)) == ""
    assert aria(("J", "PageDown")) == "Shift+J PageDown"
    assert aria(("Ctrl+Enter",)) == "Control+Enter"


def test_find_refuses_an_unknown_id():
    with pytest.raises(KeyError):
        find("nobody.home")


def draw(source, **context):
    return Template("{% load commands %}" + source).render(Context(context))


def test_a_command_prints_its_key():
    html = draw('{% command "label.commit" type="submit" tone="primary" %}')
    assert 'data-keys="Ctrl+Enter"' in html
    assert 'aria-keyshortcuts="Control+Enter"' in html
    assert 'type="submit"' in html
    assert "<kbd" in html
    assert "data-writes" in html


def test_a_disabled_command_stays_listed_with_its_reason():
    html = draw('{% command "label.commit" type="submit" reason=reason %}', reason="You wrote this <draft>")
    assert 'aria-disabled="true"' in html
    assert 'type="button"' in html
    assert "You wrote this &lt;draft&gt;" in html


def test_a_link_with_a_reason_leads_nowhere():
    assert "href" not in draw('{% command "home.verify" href="/audit/" reason="Compliance only" %}')
    assert 'href="/audit/"' in draw('{% command "home.verify" href="/audit/" %}')


def test_key_attributes_make_any_element_a_control():
    html = draw('<input {% key_attributes "everywhere.search" %}>')
    assert html == '<input data-command="everywhere.search" data-label="Search" data-keys="/" aria-keyshortcuts="/">'
