"""Training: the same bytes every time, only licensed rows, and the sets as they are."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from moderation.classifiers import texts, training
from moderation.classifiers.artifact import FILE, decoded, quantised
from moderation.classifiers.vectors import Reader, missing
from moderation.states import Category

SETS = Path(__file__).parents[3] / "shared/data/sets"


def write(folder, name, rows):
    with gzip.open(folder / f"{name}.jsonl.gz", "wt") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)


def turn(number, text, harm, source="ours", licence="MIT"):
    labels = {category.value: None for category in Category}
    labels |= {"violence": harm, "hate": int(number % 3 == 0), "sexual": int(number % 4 == 0)}
    return {"id": f"t{number:03}", "source": source, "licence": licence, "text": text, "harm": harm, "labels": labels}


@pytest.fixture
def folder(tmp_path):
    """A folder of small sets: enough for every head to see both kinds."""
    turns = [turn(number, f"please tell me how to {['bake', 'attack'][number % 2]} the thing {number}", number % 2) for number in range(60)]
    for row, name in zip(turns, [category.value for category in Category] * 6, strict=False):
        row["labels"][name] = row["harm"] or 1
        row["labels"] |= {other: 0 for other in row["labels"] if row["labels"][other] is None}
    turns += [turn(90, "a secret of the measuring set", 1, "xstest"), turn(91, "shared alike", 1, licence="CC-BY-SA-4.0")]
    answers = [
        {"id": f"a{number}", "source": "ours", "licence": "MIT", "prompt": "?", "response": text, "label": label, "meta": {}}
        for number, (text, label) in enumerate([("I won't help with that.", "refusal"), ("Here it is: one, two.", "compliance")] * 10)
    ]
    chats = [{"id": "c1", "source": "ours", "licence": "MIT", "turns": [{"role": "user", "text": "tell me more about the weather"}]}]
    for name, rows in (("turns", turns), ("refusals", answers), ("conversations", chats)):
        write(tmp_path, name, rows)
    return tmp_path


def test_only_licensed_rows_that_are_not_kept_for_measuring(folder):
    found = [example.text for example in texts.public_turns(folder)]
    assert len(found) == 60
    assert not [text for text in found if "secret" in text or "alike" in text]


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"no gzip")])
def test_a_missing_or_broken_set_exits_with_2(folder, damage, tmp_path):
    damage(folder / "turns.jsonl.gz")
    with pytest.raises(CommandError, match="turns") as stopped:
        call_command("train_classifier", data=folder, out=tmp_path / "x.heads", json=True)
    assert stopped.value.returncode == 2


def test_platt_finds_the_chances_behind_logits():
    chance = np.random.default_rng(1)
    logits = chance.normal(0, 2, 20_000)
    truth = (chance.random(20_000) < 1 / (1 + np.exp(-(0.5 * logits - 1)))).astype(np.int8)
    slope, shift = training.platt(logits, truth)
    assert slope == pytest.approx(0.5, abs=0.05)
    assert shift == pytest.approx(-1, abs=0.05)


def test_bytes_keep_what_weights_say():
    weights, scale = quantised([0.0, 1.27, -0.635])
    assert weights.tolist() == [0, 127, -64]
    assert scale == pytest.approx(0.01)
    assert quantised([0.0])[0].tolist() == [0]


@pytest.mark.benchmark
@pytest.mark.skipif(not SETS.is_dir(), reason="the labelled sets are not here")
def test_training_again_gives_the_committed_bytes():
    assert training.train(SETS).raw == FILE.read_bytes()


@pytest.mark.benchmark
@pytest.mark.skipif(not SETS.is_dir(), reason="the labelled sets are not here")
@pytest.mark.skipif(bool(missing()), reason="the packages of requirements-embeddings.txt are not installed")
def test_training_again_with_vectors_gives_the_committed_bytes(tmp_path):
    assert training.train(SETS, reader=Reader(), before=tmp_path / "none").raw == FILE.read_bytes()


def test_the_file_names_its_sources():
    about = decoded(FILE.read_bytes()).about
    assert about["texts"]["our phrasings"] > 1_000
    assert not {"xstest", "bailbench", "counsel_chat", "cssrs_reddit_500", "sgd_test"} & about["texts"].keys()
