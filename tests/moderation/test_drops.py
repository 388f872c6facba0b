"""Copies of the log: a folder that is whole at any moment, and a bucket."""

import shutil

import pytest
from obstore.store import MemoryStore

from moderation.audit import drops, keys, merkle, notes, publishing, tiles
from moderation.audit.drops import Bucket, DropError, Folder
from moderation.audit.published import head
from moderation.models.audit import AuditEntry
from tests.moderation.logs import acts, sequence_all, tamper
from tests.moderation.test_audit_verify import EDIT, rewrite_history


@pytest.fixture(params=["folder", "bucket"])
def drop(request, tmp_path):
    return Folder(tmp_path / "drop") if request.param == "folder" else Bucket("memory", MemoryStore())


def grow(count, drop, **given):
    acts(count)
    sequence_all()
    return drops.copy_to(drop, head(), **given)


def read_log(drop):
    """The entries of a copy, each proven by nothing but its files and the public key."""
    checkpoint = notes.open_checkpoint(drop.read("checkpoint"), keys.log_verifiers())
    bundles = [tile for tile in tiles.tiles_of(checkpoint.size) if tile.level == tiles.ENTRIES]
    entries = [entry for tile in bundles for entry in tiles.unbundle(drop.read(f"tile/{tile.path}"))]
    assert merkle.root_of(map(merkle.leaf_hash, entries)) == checkpoint.root
    for tile in tiles.tiles_of(checkpoint.size):
        assert drop.read(f"tile/{tile.path}") is not None
    return entries


def test_a_copy_holds_the_whole_log_at_every_size(own_log, drop):
    for count in (3, 250, 10, 300):
        assert grow(count, drop)
        assert read_log(drop) == [bytes(body) for body in AuditEntry.objects.sequenced().values_list("body", flat=True)]
    assert not drops.copy_to(drop, head())


def test_a_full_tile_takes_the_place_of_partial_ones_in_a_folder(own_log, tmp_path):
    folder = Folder(tmp_path)
    grow(3, folder)
    assert (tmp_path / "tile/0/000.p/3").exists()
    grow(300, folder)
    assert not (tmp_path / "tile/0/000.p").exists()
    assert {path.name for path in (tmp_path / "tile/0/001.p").iterdir()} == {"47"}


def test_one_checkpoint_an_hour_is_kept_for_good(own_log, drop):
    for now in (0, 1800, 3700):
        grow(2, drop, now=now)
    kept = [size for size in range(10) if drop.read(f"checkpoints/{size}")]
    assert kept == [2, 6]


def test_a_clock_that_was_ahead_keeps_no_checkpoint_back(own_log, drop):
    grow(2, drop, now=500_000)
    grow(2, drop, now=10_000)
    assert [size for size in range(10) if drop.read(f"checkpoints/{size}")] == [2, 4]


def test_a_copy_of_a_larger_log_is_not_written_over(own_log, drop):
    grow(2, drop)
    before = head()
    grow(2, drop)
    with pytest.raises(DropError, match="restored"):
        drops.copy_to(drop, before)


def test_a_copy_of_another_log_is_not_written_over(own_log, drop):
    drop.write("checkpoint", b"nonsense")
    acts(1)
    sequence_all()
    with pytest.raises(DropError, match="not one of ours"):
        drops.copy_to(drop, head())


@pytest.mark.parametrize("more", [0, 4], ids=["as large", "larger"])
def test_a_copy_of_the_log_before_it_was_written_anew_is_not_written_over(own_log, drop, more):
    grow(11, drop)
    kept = drop.read("checkpoint")
    tamper(EDIT)
    rewrite_history()
    acts(more)
    sequence_all()
    with pytest.raises(DropError, match="does not continue"):
        drops.copy_to(drop, head())
    assert drop.read("checkpoint") == kept
    assert drop.read("tile/0/000.p/15") is None


def test_a_tree_with_a_hole_continues_no_copy(own_log, drop):
    grow(3, drop)
    acts(4)
    sequence_all()
    tamper("DELETE FROM audit_node WHERE level = 0 AND idx = 2")
    with pytest.raises(DropError, match="not whole"):
        drops.copy_to(drop, head())


def test_an_interrupted_copy_is_a_smaller_log_and_is_completed(own_log, tmp_path, monkeypatch):
    folder = Folder(tmp_path)
    grow(10, folder)
    written = []

    def fail_later(path, content):
        written.append(path)
        if len(written) == 3:
            raise OSError
        return replace(path, content)

    replace = keys.replace_file
    with monkeypatch.context() as patched:
        patched.setattr(keys, "replace_file", fail_later)
        with pytest.raises(DropError):
            grow(300, folder)
        assert notes.open_checkpoint(folder.read("checkpoint"), keys.log_verifiers()).size == 10
    drops.copy_to(folder, head())
    assert len(read_log(folder)) == 310


def test_a_tree_with_a_hole_is_not_copied(own_log, drop):
    acts(4)
    sequence_all()
    tamper("DELETE FROM audit_node WHERE level = 0 AND idx = 2")
    with pytest.raises(DropError, match="not whole"):
        drops.copy_to(drop, head())
    assert drop.read("checkpoint") is None


def test_a_place_that_cannot_be_written_is_told_and_stops_nothing(own_log, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.LOG_DROPS = [str(tmp_path / "file" / "below"), str(tmp_path / "good")]
    acts(1)
    sequence_all()
    (line,) = publishing.publish_once(using="default")
    assert "below" in line
    assert (tmp_path / "good" / "checkpoint").exists()
    shutil.rmtree(tmp_path / "good")


def test_an_address_nobody_understands_is_told():
    with pytest.raises(DropError):
        drops.open_drop("gopher://nowhere")
