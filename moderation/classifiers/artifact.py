"""The trained heads as one file, without pickle: how it is written, checked, read and applied.

The file is a magic line, the length of a JSON header in four bytes (little-endian), the header, and then plain arrays one after another:
the inverse document frequencies of each side as bytes, then the weights of each head as signed bytes, then, where there is one, the head
over sentence vectors: landmarks and weights as signed bytes. A head over n-grams reads the low bits of a
bucket, so that small heads share the same n-grams. Its logit is

    scale * (sum of idf * weight over the row's buckets / norm of the row's idf) + columns · pattern weights + bias

The SHA-256 of the whole file stands beside it in `embedded.sha256`, in the form of sha256sum; a file that does not match is not read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from moderation.classifiers.base import BadArtifactError
from moderation.classifiers.joint import Joint, joint
from moderation.classifiers.meaning import Meaning
from moderation.classifiers.ngrams import BUCKETS, Rows
from moderation.classifiers.vectors import SIZE

MAGIC = b"recourse-heads-3\n"
FILE = Path(__file__).parent / "trained" / "embedded.heads"
IDF_STEP = 0.05
"""An inverse document frequency is a byte times this."""
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Head:
    """One linear head: weights by bucket (int8, a power of two of them), their scale, weights of the columns, and a bias."""

    weights: NDArray[np.int8]
    scale: float
    columns: Numbers
    bias: float


@dataclass(frozen=True)
class Side:
    """The heads for the turns of one role, and the frequencies that weigh their n-grams."""

    idf: NDArray[np.uint8]
    heads: Mapping[str, Head]

    def heard(self, rows: Rows, columns: Numbers) -> tuple[dict[str, Numbers], Numbers]:
        """Return each head's logit for each text, and how rare its n-grams are in what was trained on, in the mean.

        `columns` has a row a text. All sums over n-grams are of whole numbers, so that they are exact in any order.
        """
        weights = self.idf[rows.columns].astype(np.int32)
        bounds = rows.bounds
        norms = np.sqrt(np.maximum(_sums(weights * weights, bounds), 1e-9))
        all_heads = self.together
        sums = scipy.sparse.csr_array((weights, rows.columns, bounds), shape=(rows.ends.size, BUCKETS)) @ all_heads.weights
        logits = sums / norms[:, None] * all_heads.scales + columns @ all_heads.columns + all_heads.biases
        return dict(zip(self.heads, logits.T, strict=True)), IDF_STEP * _sums(weights, bounds) / np.maximum(np.diff(bounds), 1)

    @cached_property
    def together(self) -> _Together:
        """Return the heads side by side; the weights of a small one are repeated, as a bucket's low bits name them."""
        each = self.heads.values()
        return _Together(
            weights=np.stack([np.resize(head.weights, BUCKETS) for head in each], axis=1).astype(np.int32),
            scales=np.array([head.scale for head in each]),
            columns=np.stack([head.columns for head in each], axis=1),
            biases=np.array([head.bias for head in each]),
        )


def _sums(numbers: NDArray[np.int32], bounds: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the sum of the numbers of each row."""
    sums = np.zeros(numbers.size + 1, np.int64)
    np.cumsum(numbers, out=sums[1:])
    return np.diff(sums[bounds])


@dataclass(frozen=True, slots=True)
class _Together:
    """Heads, a column each."""

    weights: NDArray[np.int32]
    scales: Numbers
    columns: Numbers
    biases: Numbers


@dataclass(frozen=True, slots=True)
class Artifact:
    """Everything that was trained."""

    user: Side
    assistant: Side
    joints: Mapping[str, Joint]
    meaning: Meaning | None
    about: Mapping[str, Any]
    sha256: str


def encoded(sides: Mapping[str, Side], joints: Mapping[str, Joint], meaning: Meaning | None, about: Mapping[str, Any]) -> bytes:
    """Return the bytes of a file."""
    header: dict[str, Any] = {"about": dict(about), "joints": {name: one.told() for name, one in joints.items()}, "sides": {}}
    arrays: list[bytes] = []
    for side_name, side in sides.items():
        arrays += [side.idf.tobytes(), *(head.weights.tobytes() for head in side.heads.values())]
        header["sides"][side_name] = {
            name: {"size": head.weights.size, "scale": head.scale, "columns": head.columns.tolist(), "bias": head.bias}
            for name, head in side.heads.items()
        }
    if meaning is not None:
        arrays += [meaning.landmarks.tobytes(), meaning.weights.tobytes()]
        header["meaning"] = {"landmarks": meaning.weights.size, "scale": meaning.scale, "bias": meaning.bias}
    told = json.dumps(header, sort_keys=False, separators=(",", ":")).encode()
    return MAGIC + len(told).to_bytes(4, "little") + told + b"".join(arrays)


def decoded(raw: bytes) -> Artifact:
    """Read the bytes of a file; raises BadArtifactError."""
    if not raw.startswith(MAGIC):
        raise BadArtifactError("the trained heads do not begin as they should")
    try:
        begin = len(MAGIC) + 4
        length = int.from_bytes(raw[len(MAGIC) : begin], "little")
        header = json.loads(raw[begin : begin + length])
        sides, at = {}, begin + length
        for name in ("user", "assistant"):
            sides[name], at = _side(raw, at, header["sides"][name])
        meaning, at = _meaning(raw, at, header["meaning"]) if "meaning" in header else (None, at)
        joints = {name: joint(told) for name, told in header["joints"].items()}
    except (ValueError, KeyError, TypeError) as error:
        raise BadArtifactError(f"the trained heads cannot be read: {error!r}") from error
    if at != len(raw):
        raise BadArtifactError("the trained heads are longer or shorter than their header says")
    return Artifact(sides["user"], sides["assistant"], joints, meaning, header["about"], hashlib.sha256(raw).hexdigest())


def _side(raw: bytes, at: int, told: Mapping[str, Mapping[str, Any]]) -> tuple[Side, int]:
    idf = np.frombuffer(raw, np.uint8, BUCKETS, at)
    at += BUCKETS
    heads = {}
    for name, one in told.items():
        heads[name] = Head(np.frombuffer(raw, np.int8, one["size"], at), one["scale"], np.array(one["columns"]), one["bias"])
        at += one["size"]
    return Side(idf, heads), at


def _meaning(raw: bytes, at: int, told: Mapping[str, Any]) -> tuple[Meaning, int]:
    count = told["landmarks"]
    marks = np.frombuffer(raw, np.int8, count * SIZE, at).reshape(count, SIZE)
    at += marks.size
    return Meaning(marks, np.frombuffer(raw, np.int8, count, at), told["scale"], told["bias"]), at + count


def load(path: Path = FILE) -> Artifact:
    """Return the trained heads; raises BadArtifactError where they are missing or not those whose hash stands beside them."""
    remedy = "Restore the file from the release, or train it again with `manage.py train_classifier`."
    try:
        raw, told = path.read_bytes(), path.with_suffix(".sha256").read_text().split()
    except OSError as error:
        raise BadArtifactError(f"{path.name}: {error.strerror}. {remedy}") from error
    found = hashlib.sha256(raw).hexdigest()
    if told[:1] != [found]:
        raise BadArtifactError(f"{path.name} has the SHA-256 {found}, not the one in {path.stem}.sha256. {remedy}")
    return decoded(raw)


def save(raw: bytes, path: Path = FILE) -> str:
    """Write a file and its hash beside it; returns the hash in hex."""
    digest = hashlib.sha256(raw).hexdigest()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    path.with_suffix(".sha256").write_text(f"{digest}  {path.name}\n")
    return digest


def quantised(weights: Sequence[float] | Numbers) -> tuple[NDArray[np.int8], float]:
    """Return weights as signed bytes and the scale that brings them back; the largest becomes 127."""
    array = np.asarray(weights, np.float64)
    scale = float(np.abs(array).max(initial=0.0)) / 127 or 1.0
    return np.round(array / scale).astype(np.int8), float(f"{scale:.6g}")
