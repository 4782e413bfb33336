"""Small text tables that people keep: which objects they follow or have dropped."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from tde.errors import InputError
from tde.sources.identifiers import exact_names
from tde.sources.parsing.any_table import column_where, whole_table

FOLLOW, DROP = "follow", "drop"


def read_following(path: Path | str | None) -> dict[str, str]:
    """Status of each object that somebody has decided on: `FOLLOW` or `DROP`.

    Parameters
    ----------
    path : path or None
        Table with the columns object_id and status; None if there is none.

    Raises
    ------
    InputError
        For a missing column, an empty or repeated name, or another status.
    """
    if path is None:
        return {}
    rows = whole_table(Path(path), {"object_id": pa.string(), "status": pa.string()})
    where = column_where(Path(path))
    names = exact_names(rows.table["object_id"], where, rows.line, "object_id").names.to_pylist()
    found: dict[str, str] = {}
    for line, name, given in zip(rows.line, names, rows.table["status"].to_pylist(), strict=True):
        status = (given or "").strip().lower()
        if status not in (FOLLOW, DROP):
            raise InputError(f"{where} {line}: status is {given!r}; allowed: {FOLLOW}, {DROP}")
        if not name:
            raise InputError(f"{where} {line}: object_id is empty; allowed: a name")
        if name in found:
            raise InputError(f"{where} {line}: object {name!r} is listed more than once")
        found[name] = status
    return found
