"""The story of a run on one page: data, features, models, decision, failures, cost, versions.

The page is put together from the report's own figures and tables, so that it says what
they say: pictures are embedded, tables of other pages are taken over, and long ones are linked.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
from markupsafe import Markup

from tde.report.html_tables import STYLE
from tde.tables import write_atomically

TEMPLATES = Path(__file__).resolve().parent / "templates"

LONGEST = 60_000
"""Tables of more characters are linked, not taken over."""

SECTIONS = {
    "Data": ("classes", "light_curves", "simulation", "simulation_examples"),
    "Features": ("missing", "features", "fits_", "feature_recovery", "recovery"),
    "Models": ("metrics", "precision_recall", "ablation", "comparison", "tuning"),
    "Decision": ("scores", "calibration", "truth"),
    "Where it fails": ("strata", "types", "mistakes"),
    "Run": ("benchmarks", "versions"),
}
"""Sections of the page, and the beginnings of the names of the files in them; others come last."""

OTHER = "More"


class Item(NamedTuple):
    """One figure or table of the page.

    Attributes
    ----------
    name : str
    title : str
    caption : str
    picture : str
        Data of a PNG in base64; empty for a table.
    table : Markup
        HTML; empty for a picture, or if it is linked.
    link : str
        File beside the page.
    """

    name: str
    title: str
    caption: str
    picture: str
    table: Markup
    link: str


def read_item(path: Path | str, captions: Path | str) -> Item:
    """Read a figure or a table of the report.

    Parameters
    ----------
    path : path
        A PNG, or a page written by `tde.report.html_tables`.
    captions : path
        Folder with a text ``{name}.rst`` for each.
    """
    path = Path(path)
    name = path.stem
    caption_file = Path(captions) / f"{'fits' if name.startswith('fits_') else name}.rst"
    caption = caption_file.read_text(encoding="utf-8") if caption_file.is_file() else ""
    caption = " ".join(caption.replace("`", "").replace("*", "").split())
    if path.suffix == ".png":
        picture = base64.b64encode(path.read_bytes()).decode()
        return Item(name, name.replace("_", " ").capitalize(), caption, picture, Markup(), path.name)
    page = path.read_text(encoding="utf-8")
    title = re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)
    body = re.search(r"</h1>(.*)</body>", page, re.DOTALL)
    table = body.group(1) if body and len(page) <= LONGEST else ""
    # a heading of the other page is one level lower here; its text is escaped there already
    table = re.sub(r"(</?)h2>", r"\1h4>", table)
    return Item(name, Markup(title.group(1)) if title else name, caption, "", Markup(table), path.name)


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


def write_report(path: Path | str, items: Sequence[Item], context: dict[str, Any]) -> None:
    """Write the page.

    Parameters
    ----------
    path : path
    items : sequence of Item
    context : dict
        ``dataset``, ``threshold`` (content of threshold.json), ``scores`` (mean and
        standard error by kind of folds), ``n_train``, ``n_tde``, ``ingest`` (where, what, how
        many), ``candidates`` (rows of the ranked table), ``candidates_page`` (relative link).
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("report.html.j2").render(sections=sections(items), style=Markup(STYLE), **context)
    write_atomically(path, lambda name: name.write_text(text, encoding="utf-8"))
