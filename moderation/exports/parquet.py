"""Parquet for analysts: the CSV that was staged, typed, one row group a day or per 20,000 rows of it.

Memory is that of one row group and of the blocks that the reader has ahead of the writer. Both are small, so that a day of a million rows
takes no more than one of a hundred thousand.

The bundle's hash cannot stand in a file that the bundle holds, so its metadata name the export and its entry in the log; both lead to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from moderation.exports.sources import Column, Type

GROUP = 20_000
BLOCK = 1024 * 1024
TYPES = {
    Type.TEXT: pa.string(),
    Type.DECIMAL: pa.float64(),
    Type.NUMBER: pa.int64(),
    Type.TIME: pa.timestamp("us", tz="UTC"),
    Type.DAY: pa.date32(),
    Type.FLAG: pa.bool_(),
}


def schema_of(columns: tuple[Column, ...], metadata: Mapping[str, str]) -> pa.Schema:
    """Return the schema; each column's meaning lies in its metadata."""
    fields = [pa.field(one.name, TYPES[one.type], metadata={"what": one.what}) for one in columns]
    return pa.schema(fields, metadata={f"recourse:{name}": value for name, value in metadata.items()})


def convert(staged: Path, target: Path, columns: tuple[Column, ...], metadata: Mapping[str, str]) -> None:
    """Write a Parquet file from staged CSV without its escaping; memory does not grow with the rows."""
    schema = schema_of(columns, metadata)
    options = pa_csv.ConvertOptions(
        column_types={one.name: TYPES[one.type] for one in columns},
        null_values=[""],
        quoted_strings_can_be_null=False,
        strings_can_be_null=True,
        true_values=["true"],
        false_values=["false"],
        timestamp_parsers=["%Y-%m-%dT%H:%M:%S", pa_csv.ISO8601],
    )
    reading = pa_csv.ReadOptions(column_names=[one.name for one in columns], skip_rows=1, block_size=BLOCK)
    parsing = pa_csv.ParseOptions(newlines_in_values=True)
    with (
        pa_csv.open_csv(staged, read_options=reading, parse_options=parsing, convert_options=options) as batches,
        pq.ParquetWriter(target, schema, compression="zstd", write_statistics=True) as writer,
    ):
        held: list[pa.RecordBatch] = []
        for batch in _by_day(batches, columns):
            if held and (_day(held[0], columns) != _day(batch, columns) or sum(map(len, held)) + len(batch) > GROUP):
                _write(writer, held, schema)
                held = []
            held.append(batch)
        if held:
            _write(writer, held, schema)


def _write(writer: pq.ParquetWriter, batches: list[pa.RecordBatch], schema: pa.Schema) -> None:
    table = pa.Table.from_batches(batches)
    columns = [_unescaped(table.column(one.name)) if pa.types.is_string(one.type) else table.column(one.name) for one in schema]
    writer.write_table(pa.table(columns, schema=schema), row_group_size=GROUP)


def _unescaped(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Take the apostrophe off again that CSV put before what looks like a formula: only spreadsheets need it."""
    return pc.if_else(pc.starts_with(column, "'"), pc.utf8_slice_codeunits(column, 1), column)


def _time(columns: tuple[Column, ...]) -> str | None:
    return next((one.name for one in columns if one.type in {Type.TIME, Type.DAY}), None)


def _day(batch: pa.RecordBatch, columns: tuple[Column, ...]) -> object:
    name = _time(columns)
    return batch.column(name)[0].cast(pa.date32()).as_py() if name else None


def _by_day(batches: Iterator[pa.RecordBatch], columns: tuple[Column, ...]) -> Iterator[pa.RecordBatch]:
    """Cut batches where a new day begins; rows come in the order of their first moment."""
    name = _time(columns)
    for batch in batches:
        if not len(batch):
            continue
        if name is None:
            yield batch
            continue
        days = batch.column(name).cast(pa.date32())
        changes = pc.indices_nonzero(pc.not_equal(days[1:], days[:-1])).to_pylist() if len(batch) > 1 else []
        for start, end in pairwise([0, *(place + 1 for place in changes), len(batch)]):
            yield batch.slice(start, end - start)


def rows_of(path: Path) -> int:
    """Return how many rows a file says it has."""
    return int(pq.ParquetFile(path).metadata.num_rows)


def described(path: Path) -> dict[str, str]:
    """Return the metadata of a file, for tests and the curious."""
    found = pq.read_schema(path).metadata or {}
    return json.loads(json.dumps({name.decode(): value.decode() for name, value in found.items()}))
