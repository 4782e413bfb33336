"""The story of a run on one page: data, features, models, decision, failures, cost, versions.

The page is put together from the report's own figures and tables, so that it says what
they say: pictures are embedded, tables are shown again, and long ones are linked.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tde.pages.columns import TableColumn
from tde.pages.printed_table import Table
from tde.pages.sheet import Sheet
from tde.pages.templating import write_page

TEMPLATES = Path(__file__).resolve().parent / "templates"

LONGEST = 400
"""Tables with more rows in all are linked, not shown again."""

SECTIONS = {
    "Data": ("classes", "light_curves", "simulation", "simulation_examples"),
    "Features": ("missing", "features", "fits_", "feature_recovery", "recovery"),
    "Models": ("metrics", "precision_recall", "ablation"),
    "Decision": ("scores", "calibration", "truth"),
    "Where it fails": ("strata", "types", "mistakes"),
    "Run": ("benchmarks", "versions"),
}
"""Sections of the page, and the beginnings of the names of the files in them; others come last."""

OTHER = "More"

INGEST_COLUMNS = (
    TableColumn("file"),
    TableColumn("what"),
    TableColumn("number", "integer", format=","),
)

CANDIDATE_COLUMNS = (
    TableColumn("rank", "integer", "#"),
    TableColumn("object_id", heading="object"),
    TableColumn("p_TDE", "float", "P(TDE)", format=".3f"),
    TableColumn("z", "float", format=".3f"),
    TableColumn("peak_abs_mag", "float", "peak M", "mag", ".2f"),
    TableColumn("temperature_kK", "float", "T", "kK", ".1f"),
    TableColumn("flags"),
)


class Item(NamedTuple):
    """One figure, or the tables of one page.

    Attributes
    ----------
    name : str
    title : str
    caption : str
    picture : str
        Data of a PNG in base64; empty for tables.
    tables : list of Table
        Empty for a picture, or if they are linked.
    link : str
        File beside the page.
    """

    name: str
    title: str
    caption: str
    picture: str
    tables: list[Table]
    link: str


def read_item(path: Path | str, captions: Path | str) -> Item:
    """Read a figure or the tables of a page of the report.

    Parameters
    ----------
    path : path
        A PNG, or tables written by `tde.pages.sheet.Sheet.write`; their own page lies beside them.
    captions : path
        Folder with a text ``{name}.rst`` for each.
    """
    path = Path(path)
    caption = _caption(path.stem, Path(captions))
    if path.suffix == ".png":
        picture = base64.b64encode(path.read_bytes()).decode()
        return Item(path.stem, path.stem.replace("_", " ").capitalize(), caption, picture, [], path.name)
    sheet = Sheet.read(path)
    tables = sheet.tables if sum(len(table.rows) for table in sheet.tables) <= LONGEST else []
    return Item(path.stem, sheet.title, caption, "", tables, path.with_suffix(".html").name)


def _caption(name: str, captions: Path) -> str:
    file = captions / f"{'fits' if name.startswith('fits_') else name}.rst"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return " ".join(text.replace("`", "").replace("*", "").split())


def sections(items: Sequence[Item]) -> list[tuple[str, list[Item]]]:
    """Items by section, in the order of `SECTIONS`; sections without any are left out."""
    found: dict[str, list[Item]] = {name: [] for name in (*SECTIONS, OTHER)}
    for item in items:
        home = next(
            (title for title, names in SECTIONS.items() for name in names if _belongs(item.name, name)),
            OTHER,
        )
        found[home].append(item)
    for title, names in SECTIONS.items():
        found[title].sort(key=lambda item: next(k for k, name in enumerate(names) if _belongs(item.name, name)))
    return [(title, members) for title, members in found.items() if members]


def _belongs(name: str, beginning: str) -> bool:
    return name == beginning or name.startswith(beginning if beginning.endswith("_") else f"{beginning}_")


def ingest_table(counts: Sequence[dict[str, str]]) -> Table:
    """What was read, mended and dropped, of both object lists and of all light curves together.

    Parameters
    ----------
    counts : sequence of dict
        ``file``, ``quantity`` and ``count`` of ingest.csv.
    """
    rows = [
        {"file": Path(row["file"]).name, "what": row["quantity"], "number": int(row["count"])}
        for row in counts
        if not row["file"].endswith("_lightcurves.csv") and int(row["count"])
    ]
    return Table("What was read, mended and dropped", INGEST_COLUMNS, rows)


def candidate_table(candidates: Sequence[dict[str, Any]]) -> Table:
    """The first candidates, of which candidates.parquet knows more."""
    rows = [{column.name: row[column.name] for column in CANDIDATE_COLUMNS} for row in candidates]
    return Table("Candidates", CANDIDATE_COLUMNS, rows)


def write_report(path: Path | str, items: Sequence[Item], context: dict[str, Any]) -> None:
    """Write the page.

    Parameters
    ----------
    path : path
    items : sequence of Item
    context : dict
        ``dataset``, ``sought`` (what the candidates are among), ``threshold`` (content of threshold.json),
        ``scores`` (mean and standard error by kind of folds), ``n_train``, ``n_tde``, ``ingest`` and ``candidates``
        (tables), ``candidates_page`` (relative link).
    """
    write_page(path, TEMPLATES, "report.html.j2", {"sections": sections(items), **context})
