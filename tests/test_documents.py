"""The documents say what the code does."""

import re
from pathlib import Path

import pytest

from console.api import answers as door
from console.roles import ROLES
from conversations.adapters.cloudevents import TYPES
from moderation.audit.events import Event
from moderation.models import WebhookEvent
from moderation.states import (
    AlarmReason,
    AlarmState,
    Answer,
    AppealState,
    Assessment,
    BulkMove,
    BulkReason,
    CalibrationState,
    CallResult,
    CampaignState,
    Check,
    DeliveryState,
    Design,
    DiscardReason,
    DisputeState,
    EmergencyReason,
    ErasureReason,
    ErasureState,
    ExportState,
    FeedbackClosing,
    FeedbackState,
    GoldenState,
    HoldGround,
    HoldScope,
    HoldState,
    LineageRunState,
    LooseKind,
    Next,
    Occasion,
    Outcome,
    OverrideReason,
    PersonReason,
    PlanState,
    PolicyState,
    Promise,
    PromiseState,
    QuarantineState,
    ReadingAlarmKind,
    ReadingFinding,
    ReadingPurpose,
    RetentionState,
    RetireReason,
    ReviewMove,
    ReviewState,
    RoomState,
    SetAsideReason,
    Skip,
    Then,
    Why,
    WorkReason,
    WorkState,
)

ROOT = Path(__file__).resolve().parent.parent
VOCABULARY = (ROOT / "docs/vocabulary.md").read_text()
SETTINGS = (ROOT / "docs/settings.md").read_text()
API = (ROOT / "docs/api.md").read_text()
README = (ROOT / "README.md").read_text()

WORDS = [ReviewState, AppealState, PolicyState, ExportState, WorkState, WorkReason, QuarantineState, DiscardReason, ReadingPurpose]
WORDS += [DeliveryState, LineageRunState, Next, Then]
WORDS += [OverrideReason, AlarmState, AlarmReason, LooseKind, SetAsideReason]
WORDS += [CampaignState, PlanState, Promise, PromiseState, Design]
WORDS += [BulkMove, BulkReason]
WORDS += [PersonReason]
WORDS += [ReviewMove, Skip, GoldenState, RetireReason, DisputeState, RoomState]
WORDS += [EmergencyReason, ReadingAlarmKind, ReadingFinding, RetentionState, ErasureState, ErasureReason, HoldState, HoldScope, HoldGround]
WORDS += [FeedbackState, FeedbackClosing, Occasion]
WORDS += [Check, Outcome, Answer, Why, Assessment, CallResult, CalibrationState, Event, ROLES]


@pytest.mark.parametrize("words", WORDS, ids=lambda words: getattr(words, "__name__", "ROLES"))
def test_every_word_is_in_the_vocabulary(words):
    missing = [str(word) for word in words if f"`{word}`" not in VOCABULARY]
    assert not missing


def test_the_vocabulary_names_no_event_that_is_gone():
    named = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", VOCABULARY, re.MULTILINE))
    assert named == {event.value for event in Event}


@pytest.mark.parametrize("event", Event)
def test_needed_codes_are_documented(event):
    row = next(line for line in VOCABULARY.splitlines() if line.startswith(f"| `{event}` |"))
    assert all(f"`{name}`" in row for name in event.needs)


def test_every_setting_is_documented_and_none_is_made_up():
    read = set(re.findall(r'env(?:_bool|_list)?\("([A-Z_]+)"', (ROOT / "console/settings.py").read_text()))
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS, re.MULTILINE))
    assert documented - {"PORT"} == read


def test_every_event_type_and_problem_is_documented():
    assert not [name for name in TYPES if f"`{name}`" not in API]
    assert not [code for code in door.STATUS if f"`{code}`" not in API]


def test_every_message_to_surfaces_is_documented():
    assert not [event for event in WebhookEvent if f"`{event}`" not in API]


def test_the_readme_maps_every_folder_and_links_what_exists():
    for folder in ("console", "moderation", "conversations", "templates", "tests", "docs"):
        assert f"`{folder}/`" in README
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_every_make_target_of_the_readme_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE)) <= targets
