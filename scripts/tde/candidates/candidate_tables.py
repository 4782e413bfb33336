"""The ranked table as CSV, Parquet and VOTable."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from tde.candidates.records import COLUMNS
from tde.tables import table_rows, write_atomically, write_csv, write_parquet


def write_tables(
    table: pa.Table,
    text: Path | str,
    parquet: Path | str,
    votable: Path | str,
    columns: Mapping[str, tuple[str, str]] = COLUMNS,
) -> None:
    """Write one table in three forms.

    Parameters
    ----------
    table : pyarrow.Table
        As `tde.candidates.records.describe` makes it.
    text, parquet, votable : path
    columns : mapping of str to (str, str)
        Unit and meaning of each column.
    """
    write_parquet(parquet, table)
    write_csv(text, table.column_names, table_rows(table))
    write_atomically(votable, lambda name: _votable(table, name, columns))


def _votable(table: pa.Table, path: Path, told: Mapping[str, tuple[str, str]]) -> None:
    """IVOA VOTable 1.4 with units and descriptions; what is not known is NaN."""
    from astropy.table import Column, Table  # one second to import

    columns = []
    for name in table.column_names:
        unit, meaning = told.get(name, ("", f"probability of class {name.removeprefix('p_')}"))
        values = table[name].to_pylist()
        if pa.types.is_floating(table.schema.field(name).type):
            values = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        elif pa.types.is_string(table.schema.field(name).type):
            values = np.array(["" if value is None else value for value in values], dtype=str)
        elif None in values:
            values = np.array(["" if value is None else str(value) for value in values], dtype=str)
        columns.append(Column(values, name=name, unit=unit or None, description=meaning))
    Table(columns).write(path, format="votable", overwrite=True)
