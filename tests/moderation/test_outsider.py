"""Go's checksum-database code reads our log: somebody else's implementation, as Debian ships it, of everything that matters."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from moderation.audit import merkle, notes, tiles
from moderation.audit.notes import Checkpoint, Signer

SOURCES = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb")
MISSING = "Go or its package golang-golang-x-mod-dev is not installed: apt-get install -y golang-go golang-golang-x-mod-dev"
LOG, SIZE = Signer("recourse.test/log", b"\x07" * 32), 70_000

pytestmark = pytest.mark.skipif(shutil.which("go") is None or not SOURCES.is_dir(), reason=MISSING)


@pytest.fixture(scope="module")
def outsider(tmp_path_factory):
    """The program, built without any network."""
    folder = tmp_path_factory.mktemp("outsider")
    surroundings = {
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
        "HOME": str(folder),
    }
    source = Path(__file__).parent / "outsider" / "main.go"
    command = ["go", "build", "-o", str(folder / "outsider"), str(source)]
    subprocess.run(command, check=True, timeout=500, env={"PATH": os.environ["PATH"], **surroundings})
    return folder / "outsider"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Seventy thousand leaves as files, under the paths at which they are served."""
    folder, nodes, tree = tmp_path_factory.mktemp("served"), {}, merkle.Tree()
    for run in tree.extend([merkle.leaf_hash(index.to_bytes(4, "big")) for index in range(SIZE)]):
        nodes |= {(level, index): value for level, index, value in run.named()}
    for tile in tiles.tiles_of(SIZE):
        if tile.level != tiles.ENTRIES:
            path = folder / "tile" / tile.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tiles.hashes(tile, lambda *name: nodes[name]))
    (folder / "checkpoint").write_text(notes.sign_checkpoint(Checkpoint(LOG.name, SIZE, tree.root()), LOG))
    return folder


def ask(outsider, served, vkey=LOG.verifier.vkey):
    return subprocess.run([outsider, served, vkey], capture_output=True, text=True, timeout=120, check=False)


def test_all_799_proofs_hold(outsider, served):
    done = ask(outsider, served)
    assert (done.returncode, done.stdout) == (0, "799\n"), done.stderr


@pytest.mark.parametrize("path", ["0/000", "0/137", "0/273.p/112", "1/000", "1/001.p/17", "2/000.p/1"])
def test_one_flipped_bit_in_any_tile_fails(outsider, served, path):
    file = served / "tile" / path
    whole = file.read_bytes()
    file.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    try:
        assert ask(outsider, served).returncode == 1
    finally:
        file.write_bytes(whole)


def test_a_forged_checkpoint_and_another_key_fail(outsider, served):
    other = Signer(LOG.name, b"\x08" * 32)
    assert ask(outsider, served, other.verifier.vkey).returncode == 1
    file = served / "checkpoint"
    whole = file.read_text()
    file.write_text(whole.replace(f"\n{SIZE}\n", f"\n{SIZE - 1}\n"))
    try:
        assert ask(outsider, served).returncode == 1
    finally:
        file.write_text(whole)
