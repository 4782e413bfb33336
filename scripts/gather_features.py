"""Gather the feature tables of all splits into one, in the order of the object table."""

import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError
from tde.runlog import run_log
from tde.tables import read_parquet, write_parquet


def _check_identifiers(table: pa.Table, path: str, known: pa.Array, seen: dict[str, str]) -> None:
    """Every object of a table must be in the object table, and in no other table."""
    identifiers = table["object_id"].combine_chunks()
    unknown = identifiers.filter(pc.invert(pc.is_in(identifiers, value_set=known)))
    if len(unknown):
        raise InputError(f"{path}: object {unknown[0].as_py()!r} is not in the object table")
    for identifier in identifiers.to_pylist():
        if identifier in seen:
            raise InputError(f"{path}: object {identifier!r} is already in {seen[identifier]}")
        seen[identifier] = path


def main(tables: list[str], objects: str, output: str) -> None:
    wanted = read_parquet(objects, ["object_id"])["object_id"].combine_chunks()
    parts: list[pa.Table] = []
    seen: dict[str, str] = {}
    for path in tables:
        part = read_parquet(path)
        if parts and part.schema != parts[0].schema:
            raise InputError(f"{path}: columns differ from those of {tables[0]}")
        _check_identifiers(part, path, wanted, seen)
        parts.append(part)
    missing = [identifier for identifier in wanted.to_pylist() if identifier not in seen]
    if missing:
        raise InputError(f"{objects}: object {missing[0]!r} is in none of the {len(tables)} feature tables")
    gathered = pa.concat_tables(parts)
    order = pc.index_in(wanted, value_set=gathered["object_id"].combine_chunks())
    write_parquet(output, gathered.take(order).combine_chunks())
    print(f"{output}: {len(wanted)} objects from {len(tables)} tables")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(list(snakemake.input.tables), snakemake.input.objects, snakemake.output.features)
