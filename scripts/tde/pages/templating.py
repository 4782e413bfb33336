"""HTML pages from templates: one environment, in which everything is escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from tde.pages.markdown import spans
from tde.tables import write_text

SHARED = Path(__file__).resolve().parent / "templates"
"""Templates and style sheets that all pages may use."""


def write_page(path: Path | str, templates: Path, name: str, context: dict[str, Any]) -> None:
    """Render a template into a file, atomically.

    Parameters
    ----------
    path : path
    templates : path
        Folder of the template; it may include those in `SHARED`.
    name : str
        The template.
    context : dict
        What it shows. A name that it lacks is an error.
    """
    write_text(path, environment(templates).get_template(name).render(**context))


def environment(templates: Path) -> jinja2.Environment:
    """The environment of the templates in a folder; ``embed("x.css")`` puts in a file of theirs as it is."""
    loader = jinja2.FileSystemLoader([templates, SHARED])
    made = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["spans"] = spans
    # style sheets and programs are ours; where they stand, nothing may be escaped
    made.globals["embed"] = lambda name: Markup(loader.get_source(made, name)[0])
    return made
