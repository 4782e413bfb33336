"""The catalogue of features: every column of every family, in Markdown."""

from __future__ import annotations

from typing import Any

from tde.features.shared.conventions import CONVENTIONS, PUBLISHED, lacking
from tde.features.shared.labels import GENERATOR, PHYSICS
from tde.features.table import Column, family_module
from tde.photometry import BANDS


def check_columns(family: str, declared: list[Column]) -> None:
    """Refuse a declaration that would leave a reader or a table in doubt.

    Parameters
    ----------
    family : str
        Named in the message.
    declared : list of Column

    Raises
    ------
    ValueError
        If a name occurs twice, or a column lacks a meaning, has a unit that is not
        a string, a label other than `PHYSICS` and `GENERATOR`, or leaves open which
        of two conventions holds (`tde.features.shared.conventions`).
    """
    seen = set()
    for column in declared:
        if column.name in seen or column.name == "object_id":
            raise ValueError(f"feature family {family!r} declares column {column.name!r} twice")
        seen.add(column.name)
        if not column.meaning.strip():
            raise ValueError(f"feature family {family!r}: column {column.name!r} has no meaning")
        if not isinstance(column.unit, str):
            raise ValueError(
                f"feature family {family!r}: column {column.name!r} has unit {column.unit!r}, not a string"
            )
        if column.label not in (PHYSICS, GENERATOR):
            raise ValueError(
                f"feature family {family!r}: column {column.name!r} has label {column.label!r};"
                f" allowed: {PHYSICS!r}, {GENERATOR!r}"
            )
        for convention in lacking(column):
            raise ValueError(
                f"feature family {family!r}: column {column.name!r} does not say its {convention.subject};"
                f" for example: {convention.example}"
            )


def collapse_bands(declared: list[Column]) -> list[Column]:
    """Join columns that differ in the band of their name alone.

    ``g_mean``, ``r_mean`` become one column ``{b}_mean [gr]`` in the place of the
    first; its bands keep the order of their declaration.
    """
    rows: dict[Column, str] = {}
    for column in declared:
        band, separator, rest = column.name.partition("_")
        if separator and len(band) == 1 and band in BANDS:
            key = column._replace(name=f"{{b}}_{rest}")
            rows[key] = rows.get(key, "") + band
        else:
            rows[column] = ""
    return [
        key._replace(name=f"{key.name} [{bands}]" if len(bands) > 1 else key.name.replace("{b}", bands))
        for key, bands in rows.items()
    ]


def _cell(text: str) -> str:
    """A table cell: a bar inside it would end it."""
    return text.replace("|", "\\|") if text else "–"


def _section(family: str, declared: list[Column]) -> str:
    """Heading, the module's first line and one table row per column."""
    summary = (family_module(family).__doc__ or "").strip().splitlines()[:1]
    rows = [
        f"| {family} | `{column.name}` | {_cell(column.unit)} | {_cell(column.described)}"
        f" | {column.label} | {_cell(column.source)} |"
        for column in collapse_bands(declared)
    ]
    return "\n".join(
        [
            f"## {family} ({len(declared)} columns)",
            "",
            *summary,
            "",
            "| family | column | unit | meaning | label | source |",
            "|---|---|---|---|---|---|",
            *rows,
        ]
    )


def catalogue(families: dict[str, dict[str, Any]]) -> str:
    """Render the catalogue of all columns.

    Parameters
    ----------
    families : dict
        Family name to its options, as the ``features`` block of config.yaml.

    Returns
    -------
    str
        Markdown; columns that differ in their band alone share a line.

    Raises
    ------
    ValueError
        If a declaration is incomplete or a family declares a name twice.
    """
    declared = {family: family_module(family).columns(**options) for family, options in families.items()}
    for family, family_columns in declared.items():
        check_columns(family, family_columns)
    n_columns = sum(len(family_columns) for family_columns in declared.values())
    introduction = [
        "# Feature catalogue",
        "",
        f"{n_columns} columns in {len(declared)} families. `{{b}}_name [gri]` stands for one column per band.",
        "",
        f"Labels: **{PHYSICS}** holds for any survey's light curves; **{GENERATOR}** uses how this data set was",
        "simulated. Units are in astropy's notation; – marks a pure number or, as source, an elementary quantity.",
    ]
    rules = [(convention.subject, convention.rule) for convention in CONVENTIONS if convention.rule] + [PUBLISHED]
    introduction += ["", "## Conventions", "", *(f"- **{subject.capitalize()}.** {rule}" for subject, rule in rules)]
    sections = [_section(family, family_columns) for family, family_columns in declared.items()]
    return "\n\n".join(["\n".join(introduction), *sections]) + "\n"
