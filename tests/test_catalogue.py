"""The feature catalogue names every column once, with its unit and meaning."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from families import IN_USE, OPTIONS

from tde.features.catalogue import catalogue, check_columns, collapse_bands
from tde.features.domain import REDSHIFT_AND_DUST, across_bands, per_band
from tde.features.registry import FAMILIES
from tde.features.shared.conventions import CONVENTIONS, OBSERVER, REST, lacking
from tde.features.shared.labels import GENERATOR
from tde.features.table import Column, family_module
from write_catalogue import main as write_catalogue


@pytest.fixture
def made_up_family(monkeypatch):
    def install(name, declared):
        module = ModuleType(f"tde.features.{name}", "A made-up family.")
        module.columns = lambda **options: declared
        monkeypatch.setitem(sys.modules, f"tde.features.{name}", module)

    return install


def test_every_domain_column_is_in_it():
    text = catalogue({"domain": {}})
    assert "168 columns" in text
    for column in per_band.COLUMNS:
        assert text.count(f"| `{{b}}_{column.name} [ugrizy]` |") == 1
    for column in [*REDSHIFT_AND_DUST, *across_bands.COLUMNS]:
        assert text.count(f"| `{column.name}` |") == 1
    rows = [line for line in text.splitlines() if line.startswith("| domain |")]
    assert len(rows) == 4 + 25 + 14
    assert all(line.replace("\\|", "").count("|") == 7 for line in rows)


def test_columns_that_differ_in_more_than_the_band_stay_apart():
    columns = [
        Column("g_mean", "uJy", "mean"),
        Column("r_mean", "uJy", "mean"),
        Column("i_mean", "uJy", "another mean"),
        Column("z_score", "", "alone"),
        Column("total", "uJy", "sum"),
    ]
    names = [column.name for column in collapse_bands(columns)]
    assert names == ["{b}_mean [gr]", "i_mean", "z_score", "total"]


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (2 * [Column("a", "uJy", "x")], "declares column 'a' twice"),
        ([Column("a", "d", " ")], "'a' has no meaning"),
        ([Column("a", None, "x")], "'a' has unit None"),
        ([Column("a", "d", "x", "guess")], "label 'guess'; allowed: 'physics', 'generator-aware'"),
        ([Column("object_id", "", "x")], "declares column 'object_id' twice"),
    ],
)
def test_incomplete_declarations_are_refused(declared, message):
    with pytest.raises(ValueError, match=message):
        check_columns("made_up", declared)


def test_a_family_brings_its_label_source_and_summary(made_up_family):
    made_up_family("made_up", [Column("window", "", "a | b", GENERATOR, "Somebody 2020")])
    text = catalogue({"made_up": {}})
    assert "A made-up family." in text
    assert "| made_up | `window` | – | a \\| b | generator-aware | Somebody 2020 |" in text


def test_script_writes_the_same_text(tmp_path, capsys):
    write_catalogue(families={"domain": {}}, output=str(tmp_path / "catalogue.md"))
    assert (tmp_path / "catalogue.md").read_text(encoding="utf-8") == catalogue({"domain": {}})
    assert "1 families" in capsys.readouterr().out


LACKING = [
    ("frame of times", Column("a", "1 / d", "slope of the flux")),
    ("frame of times", Column("a", "uJy", "flux 30 d after the peak", frame="some frame")),
    ("frame of times", Column("a", "kK", "highest temperature", edge="NaN")),
    ("logarithm", Column("log_a", "", "of the flux")),
    ("logarithm", Column("a", "", "log of the flux")),
    ("unit of a logarithm", Column("a", "", "log10 of the flux")),
    ("unit of a logarithm", Column("bb_log_temperature", "", "ln(T / K)", frame=REST, edge="NaN")),
    ("unit of a logarithm", Column("a", "dex", "ln of the flux")),
    ("standard deviation", Column("a", "uJy", "standard deviation of the fluxes")),
    ("standard deviation", Column("a_cv", "", "scatter of the fluxes over their mean")),
    ("kurtosis", Column("a", "", "kurtosis of the fluxes")),
    ("kurtosis", Column("g_kurtosis", "", "m4 / m2^2 of the fluxes")),
    ("skewness", Column("g_skew", "", "of the fluxes")),
    ("sign of an index", Column("a", "", "alpha in F = A x^alpha", edge="NaN")),
    ("sign of an index", Column("decay_index", "", "of the decline")),
    ("signal to noise", Column("g_mean_snr", "", "mean of flux / flux_err")),
    ("excess variance", Column("excess_variance", "uJy2", "variance (n - 1) of the fluxes - mean flux_err^2")),
    ("gain", Column("a_gain", "", "ln posterior of one model minus another")),
    ("policy at an edge", Column("a", "uJy", "amplitude of the fit")),
    ("policy at an edge", Column("a", "d", "time from half the peak to the peak", frame=OBSERVER)),
]
"""Columns that are silent about one thing each."""


@pytest.mark.parametrize(("subject", "column"), LACKING)
def test_a_row_that_is_silent_is_refused_with_an_example(subject, column):
    (convention,) = lacking(column)
    assert convention.subject == subject
    message = f"'made_up': column '{column.name}' does not say its {subject}; for example: {convention.example}"
    with pytest.raises(ValueError, match=re.escape(message)):
        check_columns("made_up", [column])


def test_each_convention_can_be_lacking():
    assert {subject for subject, _ in LACKING} == {convention.subject for convention in CONVENTIONS}


@pytest.mark.parametrize(
    "column",
    [
        Column("a", "uJy", "mean of the three highest fluxes"),
        Column("g_share", "", "share of visits with a flux below 0"),
        Column("n_bands", "", "number of bands with a detection"),
        Column("g_r", "mag", "-2.5 log10(f_g / f_r) of the mean fluxes"),
        Column("a", "1 / d", "steepest slope between nights", frame=OBSERVER),
    ],
)
def test_a_plain_column_is_not_tormented(column):
    check_columns("made_up", [column])


def _said_less(column):
    """The column with each of the things that its row says left out, one at a time."""
    yield from (column._replace(**{field: ""}) for field in ("frame", "edge") if getattr(column, field))
    less = {
        r"\bln\b": "log",
        r"\blog10\b": "log",
        r"(deviations?|variance|about 0) \(n( - 1)?\)": r"\1",
        " - 3 of": " of",
        r"m3 / m2\^1\.5": "third moment",
        "(negative|positive) in a decline": "of a decline",
        ", (signed|absolute)": "",
        "(not )?normalised: ": "",
        "likelihood gain >= 0, no penalty": "gain",
        "either sign": "a gain",
    }
    for said, left in less.items():
        meaning = re.sub(said, left, column.meaning)
        if meaning != column.meaning:
            yield column._replace(meaning=meaning)


@pytest.mark.parametrize("family", [row.name for row in FAMILIES])
def test_no_row_could_say_less(family):
    columns = family_module(family).columns(**OPTIONS.get(family, {}))
    distinct = {re.sub(r"\d", "", str(column)): column for column in columns}.values()
    silent = [less for column in distinct for less in _said_less(column) if not lacking(less)]
    assert silent == []


def test_conventions_head_the_catalogue():
    text = catalogue({"domain": {}})
    head = text[: text.index("## domain")]
    assert all(convention.rule in head for convention in CONVENTIONS)
    assert "| time" not in head
    assert "; observer frame; NaN at an edge of 1e-4..1, or where an edge fits as well |" in text


def test_documentation_holds_the_catalogue_of_the_families_in_use():
    text = (Path(__file__).parents[1] / "docs/features.md").read_text(encoding="utf-8")
    assert text == catalogue(IN_USE), "write it anew: snakemake results/simulated/features/catalogue.md, then copy it"
