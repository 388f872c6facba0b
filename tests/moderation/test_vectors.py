"""Sentence vectors: pinned files, the head over them, and the classifier with and without the extra."""

import hashlib

import numpy as np
import pytest

from conversations.tree import Role, Turn
from moderation.audit.entries import CODE
from moderation.calibrating import Calibrated
from moderation.classifiers import registry, vectors
from moderation.classifiers.artifact import load
from moderation.classifiers.base import BadArtifactError
from moderation.classifiers.embedded import HARM_BY_VECTORS, EmbeddedClassifier, embedded
from moderation.classifiers.joint import ALWAYS, DOUBT, Evidence, Joint, joint
from moderation.classifiers.meaning import Meaning, landmarks, likeness
from moderation.classifiers.vectors import GRID, SIZE, VOCABULARY, VOCABULARY_SHA256, Reader, missing, refuse_changed
from moderation.models import Classification, Verdict
from moderation.states import Category
from tests import make

needs_the_extra = pytest.mark.skipif(bool(missing()), reason="the packages of requirements-embeddings.txt are not installed")


def test_the_vocabulary_is_the_pinned_one_and_has_its_licence_beside_it():
    assert hashlib.sha256(VOCABULARY.read_bytes()).hexdigest() == VOCABULARY_SHA256
    assert "Apache License" in (VOCABULARY.parent / "NOTICE").read_text()


def test_another_model_or_vocabulary_is_refused(tmp_path):
    other = tmp_path / "model.onnx"
    with pytest.raises(BadArtifactError, match="No such file"):
        Reader(other)
    other.write_bytes(b"another")
    with pytest.raises(BadArtifactError, match="not the pinned"):
        Reader(other)


def test_nothing_is_asked_of_packages_that_are_not_there(monkeypatch):
    monkeypatch.setattr(vectors, "PACKAGES", ("no_such_package", "json"))
    assert missing() == ("no_such_package",)
    refuse_changed()
    assert embedded().reader is None


def test_a_landmark_is_like_itself():
    rows = np.zeros((2, SIZE))
    rows[0, 0] = rows[1, 1] = 0.2
    marks = landmarks(rows)
    assert marks[0, 0] == round(0.2 * GRID)
    alike = likeness(rows / 0.2, landmarks(rows / 0.2))
    assert alike[0, 0] > alike[0, 1] == alike[1, 0] > 0
    head = Meaning(marks, np.array([127, -127], np.int8), 0.1, 0.0)
    assert head.logits(rows)[0] == -head.logits(rows)[1] > 0


@pytest.mark.parametrize("with_vectors", [True, False])
def test_one_text_is_weighed_as_many_were_fitted(with_vectors):
    weights = tuple(np.linspace(-0.5, 0.7, 15 if with_vectors else 9))
    made = Joint(weights, 0.1, ALWAYS if with_vectors else DOUBT, (5.5, 0.3))
    head, patterns, strange, meaning = 4_000, 700, 5.2, -1.3 if with_vectors else None
    logits = [np.array([np.log(score / (10_000 - score))]) for score in (head, patterns)]
    part = Evidence(*logits, np.ones(1), np.array([strange]), None if meaning is None else np.array([meaning]))
    likelihood = 1 / (1 + np.exp(-(part.terms((5.5, 0.3))[0] @ np.array(weights) + 0.1)))
    assert made.score(head, patterns, short=True, strange=strange, meaning=meaning) == round(10_000 * likelihood)
    assert made.asked(100) is with_vectors


def test_the_file_has_heads_for_both():
    found = load()
    assert found.meaning is not None
    assert found.joints[HARM_BY_VECTORS].doubt == ALWAYS
    assert set(found.about["figures_by_vectors"]) < set(found.about["figures"])


@needs_the_extra
def test_with_the_extra_vectors_are_read_and_the_version_says_so():
    plain, reading = EmbeddedClassifier(), embedded()
    assert reading.version == f"{plain.version}+vectors"
    assert reading.artifact != plain.artifact
    turns = [Turn(0, Role.USER, "I could really murder a sandwich right now"), Turn(1, Role.ASSISTANT, "Enjoy your lunch!")]
    scores = [max(one.measure(turns)[0].score(category) for category in Category) for one in (plain, reading)]
    assert scores[0] != scores[1]


class AnyVectors:
    """Reads every text as the same vector, without the packages of the extra."""

    artifact = "0" * 64

    def read(self, texts):
        return np.full((len(texts), SIZE), SIZE**-0.5)


@pytest.fixture
def read_by_vectors(monkeypatch):
    """The installation's own classifier as it is where the extra is installed."""
    monkeypatch.setitem(registry.MAKERS, "embedded", lambda: EmbeddedClassifier(AnyVectors()))
    registry.classifier.cache_clear()
    yield registry.classifier()
    registry.classifier.cache_clear()


def test_every_classifier_has_a_name_and_a_version_that_the_log_takes(read_by_vectors):
    for one in (read_by_vectors, Calibrated(read_by_vectors, 1, {}), *(maker() for maker in registry.MAKERS.values())):
        assert CODE.fullmatch(one.name)
        assert CODE.fullmatch(one.version)


def test_endings_are_judged_by_vectors(ground, read_by_vectors):
    make.make_ending()
    assert Classification.objects.get().classifier_version == read_by_vectors.version != EmbeddedClassifier.version
    assert Verdict.objects.exists()


@needs_the_extra
def test_a_text_has_the_same_vector_in_any_company():
    reader = Reader()
    texts = ["hello", "how do I kill a Python process that hangs", "word " * 2_000, "", "hello", "\U0001f600 \x00 é"]
    together = reader.read(texts)
    assert together.shape == (6, SIZE)
    assert np.array_equal(together, np.concatenate([reader.read([text]) for text in texts]))
    asked, near, far = reader.read(["I want to end my life", "I do not want to live any more", "The train leaves at noon"])
    assert asked @ near > 0.4 > asked @ far


def test_a_joint_of_another_size_is_refused():
    told = {"weights": [1.0] * 8, "bias": 0.0, "doubt": [0, 1], "usual": [5.0, 1.0]}
    with pytest.raises(ValueError, match="8 weights"):
        joint(told)
    assert joint(told | {"weights": [1.0] * 9}).told() == told | {"weights": [1.0] * 9}
