"""Tiles: their paths, which of them a tree has, and what lies in them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.audit import merkle, tiles
from moderation.audit.tiles import ENTRIES, WIDTH, Tile, TileError

SIZES = st.integers(0, 200_000)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "0/x001/x234/067"),
        (Tile(0, 0), "0/000"),
        (Tile(1, 273, 17), "1/273.p/17"),
        (Tile(ENTRIES, 999, 1), "entries/999.p/1"),
        (Tile(2, 1000), "2/x001/000"),
    ],
)
def test_a_path_is_written_in_groups_of_three_digits(tile, path):
    assert tile.path == path
    assert tiles.parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    ["", "0", "0/0", "0/00", "0/0000", "0/x001", "0/x000/001", "0/001.p", "0/001.p/0", "0/001.p/256", "0/001.p/01", "8/000", "-1/000",
     "entries", "0/x01/001", "0/000/", "0/٠٠٠", "0/000.p/1/", "../0/000"],
)  # fmt: skip
def test_there_is_one_way_of_writing_a_path(path):
    with pytest.raises(TileError):
        tiles.parse_path(path)


@given(st.integers(-1, 7), st.integers(0, 10**12), st.integers(1, WIDTH))
def test_every_path_reads_back(level, index, width):
    assert tiles.parse_path(Tile(level, index, width).path) == Tile(level, index, width)


def test_seventy_thousand_entries():
    by_level = {level: [tile for tile in tiles.tiles_of(70_000) if tile.level == level] for level in range(8)}
    full = {level: sum(tile.width == WIDTH for tile in found) for level, found in by_level.items()}
    partial = {level: [tile.width for tile in found if tile.width < WIDTH] for level, found in by_level.items()}
    assert (full[0], partial[0]) == (273, [112])
    assert (full[1], partial[1]) == (1, [17])
    assert (full[2], partial[2]) == (0, [1])
    assert not any(by_level[level] for level in range(3, 8))


@given(SIZES, SIZES)
def test_growing_in_two_steps_writes_what_one_step_writes(first, second):
    small, large = sorted((first, second))
    whole = set(tiles.tiles_of(large))
    grown = {tile for tile in tiles.tiles_of(small) if tile.width == WIDTH} | set(tiles.tiles_of(large, small))
    assert {tile for tile in whole if tile.width == WIDTH} <= grown
    assert {tile for tile in whole if tile.width < WIDTH} <= grown | set(tiles.tiles_of(small))
    assert all(tile.fits(large) for tile in grown)


@given(SIZES)
def test_a_tree_has_its_tiles_and_no_wider_ones(size):
    for tile in tiles.tiles_of(size):
        assert tile.fits(size)
        assert tile.width == WIDTH or not Tile(tile.level, tile.index, tile.width + 1).fits(size)


def test_a_tile_holds_the_nodes_of_its_level():
    nodes = {}
    for run in merkle.Tree().extend([merkle.leaf_hash(bytes([place % 256])) for place in range(600)]):
        nodes |= {(level, index): value for level, index, value in run.named()}
    raw = tiles.hashes(Tile(1, 0, 2), lambda *name: nodes[name])
    assert tiles.split(raw) == [nodes[8, 0], nodes[8, 1]]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_reads_back(entries):
    assert tiles.unbundle(tiles.bundle(entries)) == entries


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5), st.data())
def test_a_cut_bundle_is_refused_or_shorter(entries, data):
    raw = tiles.bundle(entries)
    cut = raw[: data.draw(st.integers(0, len(raw) - 1))]
    with contextlib.suppress(TileError):
        assert tiles.unbundle(cut) == entries[: len(tiles.unbundle(cut))] != entries


@pytest.mark.parametrize("raw", [b"", b"x", bytes(33), bytes(32 * 257)])
def test_a_cut_tile_is_refused(raw):
    with pytest.raises(TileError):
        tiles.split(raw)


def test_an_entry_too_long_for_two_bytes_is_refused():
    with pytest.raises(TileError):
        tiles.bundle([bytes(65_536)])
