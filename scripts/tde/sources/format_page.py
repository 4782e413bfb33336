"""The page of the documentation that says which formats there are, made from the registry and the readers."""

from __future__ import annotations

import inspect
from pathlib import Path

from tde.filters import FILTERS, RANGE, SURVEYS
from tde.sources.flags import FLAGS, LEARNT_FROM_VIEWS, REDUCED
from tde.sources.formats import LONG_TABLE, formats
from tde.sources.readers import long_table
from tde.sources.source import Source

INTRODUCTION = """\
# Formats of light curves

Give the files as you have them: one, several, a folder, a pattern; compressed by gzip, bzip2 or xz or not.

```sh
.venv/bin/snakemake --cores 2 inspect --config 'predict={{lightcurves: {first}}}'
```

says what is in them before anything is computed: format, objects, observations by survey and band, what is left
out and why, flags; a table and a picture in `results/inspect/new/`. With `predict` instead of
`inspect` they are classified ([how](how-to/new-survey.md)).

The format is found from what is in a file, not from its name, and said aloud; `predict.format` sets it. Files
of a folder that are of no known format are named. Everything becomes difference flux in micro-Jansky with its
sign. What a row cannot be is refused, with file, line, column, value and what is allowed; what stands for a
missing number (-999, 99, `null`) is unknown, and counted; what is odd is flagged, and takes `as_trained` away.
Names of objects are text, to the letter. A redshift, E(B-V) or class in the files is used where the object
table says nothing.

Of several files one that cannot be read does not stop the others: nothing in it is used, not even the rows before
the damage, and it is named with the reason in the log, in `reading.json`, at the head of `inspect`'s summary and of
the page of candidates, and in the last words of the run. `predict.refuse: run` stops instead; so does a single file,
and a folder of which nothing can be read. A file of no known format is refused like that if its name ends as that of
another does, else named as not read (a `README.md`). Files that belong together (HEAD and PHOT, forced sources and
visits) are missed by each other then, and named too.

Where nobody gives E(B-V) and a position is known, it is looked up if `predict.dust_map` names a folder with the maps of
Schlegel, Finkbeiner & Davis (1998), and multiplied by 0.86 to go with the extinction law of Fitzpatrick (1999) that
is used here (Schlafly & Finkbeiner 2011). How many objects have it from where is counted; without map or
position they are flagged `ebv_missing`.

This page is made by `make docs`.
"""


def format_page(examples: Path) -> str:
    """The page in Markdown.

    Parameters
    ----------
    examples : path
        Folder of the example files.
    """
    first = next(name for source in formats() for name in source.examples)
    parts = [INTRODUCTION.format(first=first)]
    parts += [_section(source, examples) for source in formats()]
    table = long_table.__doc__ or ""
    words = (
        "The columns are on [the page of the configuration](configuration.md) under `predict`; an example is on"
        " [the page of new surveys](how-to/new-survey.md)."
    )
    parts += [
        f"## Table with one row per observation\n\n`format: {LONG_TABLE}`\n\n{_paragraphs(table)}\n\n{words}\n",
        _bands(),
        _flags(),
    ]
    return "\n".join(parts)


def _section(source: Source, examples: Path) -> str:
    """What there is to say of one format."""
    module = inspect.getmodule(source.read)
    lines = [f"## {source.title[0].upper()}{source.title[1:]}", "", f"`format: {source.key}`", ""]
    lines += [_paragraphs(module.__doc__ or "" if module else ""), ""]
    for name in source.examples:
        text = (examples / name).read_text(encoding="utf-8").rstrip("\n")
        lines += [f"```text {name}", text, "```", ""]
    if source.fields:
        lines += ["Read are, where they are there:", "", "| in | fields |", "|---|---|"]
        lines += [f"| {part} | {', '.join(f'`{name}`' for name in names)} |" for part, names in source.fields.items()]
        lines += [""]
    files = source.examples or source.called
    if files:
        given = ", ".join(files)
        given = f"[{given}]" if len(files) > 1 else given
        lines += [
            "```sh",
            f".venv/bin/snakemake --cores 2 inspect --config 'predict={{lightcurves: {given}}}'",
            "```",
            "",
        ]
    return "\n".join(lines)


def _paragraphs(docstring: str) -> str:
    """The words of a module, double backquotes made single ones."""
    return inspect.cleandoc(docstring).replace("``", "`")


def _bands() -> str:
    """Table of the bands."""
    lines = [
        "## Bands", "",
        "A band is a filter with an effective wavelength. What is fitted to all bands of an object together takes that"
        " number, whatever the survey: `gp2d`, `rank1`, `hypotheses`, `surfaces`, and all colours, temperatures and"
        " luminosities that are read off them; so two surveys' observations of an object are fitted as one. More than"
        " six filters of an object count as six: the nearest ones are put together. What is measured band by band"
        " (`statistics`, `domain`, `bazin`, `gp_drw`, `powerlaw`, `rocket`, `sequences`) takes a filter as the nearest"
        " LSST band, and the flags `foreign_bands` and `distant_bands` say so. Extinction is removed at"
        f" each filter's own wavelength. Filters below {RANGE[0]:.0f} and above {RANGE[1]:.0f} Angstrom are left out"
        " and counted.", "",
        "| band | Angstrom | nearest | shift | from |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for row in FILTERS.describe(range(len(FILTERS.keys))):
        source = SURVEYS[str(row["band"]).partition(":")[0]].source
        nearest, shift = row["nearest"] or "-", f"{row['shift']:+.1%}"
        lines.append(f"| `{row['band']}` | {row['wavelength']:.0f} | {nearest} | {shift} | {source} |")
    return "\n".join(
        [*lines, "", f"Names such as `ztfg`, `atlaso` or `ps1::r` are known for {', '.join(SURVEYS)}.", ""]
    )


def _flags() -> str:
    """Table of the flags."""
    lines = ["## Flags", "", "| flag | meaning | takes `as_trained` away |", "|---|---|---|"]
    takes = dict.fromkeys(REDUCED, "yes") | dict.fromkeys(LEARNT_FROM_VIEWS, "with `learnt_from: whole`")
    lines += [f"| `{name}` | {meaning} | {takes.get(name, '')} |" for name, meaning in FLAGS.items()]
    return "\n".join([*lines, ""])
