"""Gather the feature tables of all batches into one for each set, in the order of the object tables."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tde.errors import InputError
from tde.runlog import run_log
from tde.tables import read_parquet, write_atomically

BLOCK = 50_000
"""Objects that are gathered, and written as a row group, at a time, at most."""
BLOCK_VALUES = 50_000_000
"""Values at a time: wide tables have smaller row groups."""


def main(*, tables: dict[str, list[str]], objects: dict[str, str], features: dict[str, str]) -> None:
    for name, output in features.items():
        gather(tables[name], objects[name], output)


def gather(tables: list[str], objects: str, output: str, block: int = BLOCK) -> None:
    wanted = read_parquet(objects, ["object_id"])["object_id"].combine_chunks()
    table, row = _places(tables, objects, wanted)
    schema = _common_schema(tables)
    block = max(1, min(block, BLOCK_VALUES // len(schema)))

    def write(name: Path) -> None:
        with pq.ParquetWriter(name, schema, compression="zstd") as writer:
            for first in range(0, len(wanted), block):
                rows = slice(first, first + block)
                writer.write_table(_take(tables, table[rows], row[rows]))

    write_atomically(output, write)
    print(f"{output}: {len(wanted)} objects from {len(tables)} tables")


def _common_schema(tables: list[str]) -> pa.Schema:
    """The columns of the tables, which must be the same."""
    schemas = [pq.read_schema(path) for path in tables]
    for path, schema in zip(tables, schemas, strict=True):
        if schema != schemas[0]:
            raise InputError(f"{path}: columns differ from those of {tables[0]}")
    return schemas[0]


def _places(tables: list[str], objects: str, wanted: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Number of the table that each object is in, and its row there; every object must be in one."""
    table = np.full(len(wanted), -1, dtype=np.int64)
    row = np.zeros(len(wanted), dtype=np.int64)
    for number, path in enumerate(tables):
        identifiers = read_parquet(path, ["object_id"])["object_id"].combine_chunks()
        position = pc.index_in(identifiers, value_set=wanted)
        if position.null_count:
            unknown = identifiers.filter(pc.is_null(position))[0].as_py()
            raise InputError(f"{path}: object {unknown!r} is not in the object table")
        position = position.to_numpy()
        again = (table[position] >= 0) | (np.bincount(position, minlength=len(wanted))[position] > 1)
        if again.any():
            first = int(np.flatnonzero(again)[-1])
            other = table[position[first]]
            raise InputError(
                f"{path}: object {identifiers[first].as_py()!r} is already in {tables[other] if other >= 0 else path}"
            )
        table[position] = number
        row[position] = np.arange(len(position))
    missing = np.flatnonzero(table < 0)
    if len(missing):
        name = wanted[missing[0]].as_py()
        raise InputError(f"{objects}: object {name!r} is in none of the {len(tables)} feature tables")
    return table, row


def _take(tables: list[str], table: np.ndarray, row: np.ndarray) -> pa.Table:
    """Some rows of some tables, in the order given; one table is in memory at a time."""
    parts = []
    for number in np.unique(table):
        parts.append(read_parquet(tables[number]).take(row[table == number]).combine_chunks())
    order = np.argsort(np.argsort(table, kind="stable"))
    return pa.concat_tables(parts).take(order).combine_chunks()


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        sets = snakemake.params.sets
        main(
            tables={name: snakemake.input[name] for name in sets},
            objects=dict(zip(sets, snakemake.input.objects, strict=True)),
            features=dict(zip(sets, snakemake.output.features, strict=True)),
        )
