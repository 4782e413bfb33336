"""The report on one page: every table and caption is on it, and nothing that users named breaks it."""

import ast
import re
from pathlib import Path

import pytest
from markup import PageReader

from tde.pages.columns import TableColumn
from tde.pages.printed_table import Table
from tde.pages.sheet import Sheet
from tde.report.report_page import LONGEST, candidate_table, ingest_table, read_item, sections, write_report

ROOT = Path(__file__).resolve().parent.parent
CAPTIONS = ROOT / "rules/captions"
PNG = bytes.fromhex("89504e470d0a1a0a")

EVIL = "<script>alert(1)</script>"

SHEETS = ("metrics", "missing", "features", "ablation", "truth", "strata", "types", "benchmarks", "versions")
PICTURES = ("classes", "scores", "fits_rank1", "my_own")


def context():
    mean = {"mean": {"f1": 0.5, "precision": 0.6, "recall": 0.4}, "bootstrap_sd": {"parents": {"f1": 0.1}}}
    test = {"n_objects": 9, "n_selected": 2, "n_selected_expected": 2.5, "n_true_among_them_expected": 1.5}
    counts = [
        {"file": "data/train_log.csv", "quantity": "objects", "count": "1200"},
        {"file": "split_01/train_full_lightcurves.csv", "quantity": "rows read", "count": "7"},
        {"file": "all light curves", "quantity": "rows dropped", "count": "0"},
    ]
    first = {"rank": 1, "object_id": EVIL, "p_TDE": 0.98765, "z": None, "peak_abs_mag": -20.123}
    return {
        "dataset": EVIL,
        "sought": "test objects",
        "threshold": {"threshold": 0.3, "n_resamples": 9, "spread": [0.2, 0.4], "test": test},
        "scores": {"random": mean},
        "n_train": 20,
        "n_tde": 3,
        "ingest": ingest_table(counts),
        "candidates": candidate_table([first | {"temperature_kK": 20.0, "flags": "few_points", "n_points": 5}]),
        "candidates_page": "../candidates/candidates.html",
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    for name in SHEETS:
        table = Table("Inner", [TableColumn("what"), TableColumn("n", "integer")], [{"what": f"{name} {EVIL}", "n": 7}])
        Sheet(f"The {name}", [table]).write(data=folder / f"{name}.json", page=folder / f"{name}.html")
    for name in PICTURES:
        (folder / f"{name}.png").write_bytes(PNG)
    return folder


@pytest.fixture(scope="module")
def items(folder):
    paths = [*(folder / f"{name}.json" for name in SHEETS), *(folder / f"{name}.png" for name in PICTURES)]
    return [read_item(path, CAPTIONS) for path in paths]


@pytest.fixture(scope="module")
def page(folder, items):
    write_report(folder / "report.html", items, context())
    return PageReader((folder / "report.html").read_text(encoding="utf-8"))


def test_all_tables_are_on_the_page(page):
    cells = [row[0] for row in page.rows]
    assert all(f"{name} {EVIL}" in cells for name in SHEETS)
    assert ["train_log.csv", "objects", "1,200"] in page.rows
    assert not any("light curves" in row[0] or "split_01" in row[0] for row in page.rows)
    assert ["1", EVIL, "0.988", "–", "-20.12", "20.0", "few_points"] in page.rows


def test_all_titles_captions_and_pictures_are_on_the_page(page, items):
    assert all(f"The {name}" in page.headings for name in SHEETS)
    text = " ".join(page.text.split())
    captions = [item.caption for item in items]
    assert sum(bool(caption) for caption in captions) == len(items) - 1  # nobody wrote one for my_own.png
    assert all(caption in text for caption in captions)
    pictures = [attributes["src"] for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) == len(PICTURES)
    assert all(source.startswith("data:image/png;base64,") for source in pictures)


def test_no_name_becomes_markup(page):
    assert not any(tag == "script" for tag, _ in page.tags)
    assert f"From light curves to candidates: {EVIL}" in page.headings


def test_every_item_has_its_section(items):
    by_title = {title: [item.name for item in members] for title, members in sections(items)}
    assert by_title["Features"] == ["missing", "features", "fits_rank1"]
    assert by_title["Decision"] == ["scores", "truth"]
    assert by_title["More"] == ["my_own"]
    assert sum(map(len, by_title.values())) == len(items)


def test_long_tables_are_linked(tmp_path):
    table = Table("Long", [TableColumn("n", "integer")], [{"n": k} for k in range(LONGEST + 1)])
    Sheet("Long", [table]).write(data=tmp_path / "long.json", page=tmp_path / "long.html")
    item = read_item(tmp_path / "long.json", CAPTIONS)
    write_report(tmp_path / "report.html", [item], context())
    page = PageReader((tmp_path / "report.html").read_text())
    assert ("a", {"href": "long.html"}) in page.tags
    assert [str(LONGEST)] not in page.rows


ELEMENTS = (
    "a|b|body|br|caption|code|div|em|figure|h[1-6]|head|html|i|img|li|link|meta|nav|ol|p|pre|script|section|small"
)
ELEMENTS += "|span|strong|style|svg|table|tbody|td|tfoot|th|thead|title|tr|ul"
TAG = re.compile(rf"<!DOCTYPE|</?({ELEMENTS})(\s[^<>]*)?/?(>|$)", re.IGNORECASE)


def texts(path):
    """Strings of a module that are not its docstrings, those in f-strings too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    words = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in words
    ]


def test_no_module_builds_html_from_strings():
    """Tags are in templates, where all that is put in is escaped."""
    modules = sorted((ROOT / "scripts").rglob("*.py"))
    assert len(modules) > 100
    found = [f"{path.relative_to(ROOT)}: {text}" for path in modules for text in texts(path) if TAG.search(text)]
    assert found == []


@pytest.mark.parametrize("text", ["<td>", "<table class='x'>", "<a href=", "</b>", "<!DOCTYPE html>", "<br/>", "x<p>y"])
def test_tags_are_recognised(text):
    assert TAG.search(text)


@pytest.mark.parametrize("text", ["a < b", "flux<5", "<-- here", "x <= y", "<results>", "(?<!a)<b|"])
def test_comparisons_are_no_tags(text):
    assert not TAG.search(text)
