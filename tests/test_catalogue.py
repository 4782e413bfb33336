"""The feature catalogue names every column once, with its unit and meaning."""

import sys
from types import ModuleType

import pytest

from tde.features.catalogue import catalogue, check_columns, collapse_bands
from tde.features.domain import REDSHIFT_AND_DUST, across_bands, per_band
from tde.features.shared.labels import GENERATOR
from tde.features.table import Column
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
        ([Column("a", "d", "x"), Column("a", "d", "x")], "declares column 'a' twice"),
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
