"""The page of formats: up to date, and its examples are what it says."""

import re
from pathlib import Path

import pytest
import yaml
from example_files import write_examples
from workspace import ROOT

from tde.lightcurves import read_shard
from tde.predict.bundle import read_bundle
from tde.predict.classify import How, classify
from tde.sources.flags import FLAGS
from tde.sources.format_page import format_page
from tde.sources.formats import formats, recognise

EXAMPLES = ROOT / "docs/parts/examples"
PAGE = (ROOT / "docs/formats.md").read_text(encoding="utf-8")


def test_the_page_is_what_make_docs_makes():
    assert format_page(EXAMPLES) == PAGE


def test_every_format_has_a_section_and_every_flag_a_row():
    for source in formats():
        assert f"`format: {source.key}`" in PAGE
    assert all(f"| `{flag}` |" in PAGE for flag in FLAGS)
    assert len({source.key for source in formats()}) == len(formats())


@pytest.mark.parametrize("source", [source for source in formats() if source.examples], ids=lambda source: source.key)
def test_examples_are_of_their_format_and_can_be_classified(source, road):
    files = [EXAMPLES / name for name in source.examples]
    assert {recognise(file).key for file in files} == {source.key}
    curves = road(files)
    assert [len(curve.mjd) for curve in curves.values()] == [28]
    assert not any({"no_signal", "odd_scale", "outlier"} & set(curve.flags) for curve in curves.values())


@pytest.fixture(scope="module")
def bundle(finished):
    return read_bundle(finished.path / "results/simulated/bundle")


@pytest.mark.parametrize("source", [source for source in formats() if source.examples], ids=lambda source: source.key)
def test_examples_are_classified_with_all_families(source, road, bundle):
    road([EXAMPLES / name for name in source.examples])
    (shard,) = set(road.objects["shard"].to_pylist())
    curves = read_shard(road.folder / f"chunks/{shard}.parquet", road.objects)
    (p,) = classify(bundle, curves, road.objects, How(n_resamples=0))["p_TDE"].to_pylist()
    assert 0.0 < p < 1.0


BINARY = [source for source in formats() if source.called]


def test_formats_have_an_example_that_is_shown_or_written():
    without = {source.key for source in formats() if not source.examples and not source.called}
    assert without == {"gaia_epochs", "objects_only"}  # hold no light curves that can be used
    assert all(source.fields for source in BINARY)


@pytest.mark.parametrize("source", BINARY, ids=lambda source: source.key)
def test_the_command_of_a_binary_format_reads_such_files(source, tmp_path, monkeypatch, road):
    section = PAGE[PAGE.index(f"`format: {source.key}`") :]
    given = re.search(r"--config 'predict=(\{.*\})'", section).group(1)
    monkeypatch.chdir(tmp_path)
    write_examples(source.key, [Path(name) for name in source.called])
    block = yaml.safe_load(given)
    files = block.pop("lightcurves")
    assert road(files if isinstance(files, list) else Path(files), **block)
    assert list(road.report["formats"]) == [source.key]
    assert sum(road.report["rows by band"].values()) > 0


def test_all_examples_are_shown():
    shown = set(re.findall(r"^```text (\S+)$", PAGE, re.MULTILINE))
    assert shown == {path.name for path in EXAMPLES.iterdir()}
