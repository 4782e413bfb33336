"""The page of candidates and the report in a real browser; what is on them, and that names cannot break them."""

import csv
import re

import pyarrow.parquet as pq
import pytest
from browser import Browser, chromium

from tde.candidates.candidate_tables import write_tables
from tde.candidates.candidates_page import write_page

RESULTS = "results/simulated"

needs_chromium = pytest.mark.skipif(chromium() is None, reason="chromium and chromedriver are not installed")

VISIBLE = "[...document.querySelectorAll('#candidates tbody tr')].filter(r => !r.hidden)"
NAMES = f"{VISIBLE}.map(r => r.querySelector('a').textContent)"

EVIL = "</script><img src=x onerror=alert(1)> & 'x' \"y\" #%2F"


@pytest.fixture(scope="module")
def page(quick):
    return quick.path / RESULTS / "candidates/candidates.html"


@pytest.fixture(scope="module")
def table(quick):
    return pq.read_table(quick.path / RESULTS / "candidates/candidates.parquet")


@pytest.fixture(scope="module")
def browser():
    with Browser() as browser:
        yield browser


def test_nothing_is_fetched(quick):
    for name in ("candidates/candidates.html", "report/report.html"):
        text = (quick.path / RESULTS / name).read_text(encoding="utf-8")
        text = text.replace("http://www.w3.org/2000/svg", "")  # a name, not an address
        assert not re.search(r"(src|href)=[\"'](?!data:|#|\.\./|[a-z_]+\.html)", text)
        assert not re.search(r"https?://|@import|url\((?!#)", text)


def test_tables_agree(quick, table):
    folder = quick.path / RESULTS / "candidates"
    rows = list(csv.DictReader((folder / "candidates.csv").open()))
    assert [row["object_id"] for row in rows] == table["object_id"].to_pylist()
    assert [float(row["p_TDE"]) for row in rows] == table["p_TDE"].to_pylist()
    assert table["p_TDE"].to_pylist() == sorted(table["p_TDE"].to_pylist(), reverse=True)
    from astropy.table import Table

    votable = Table.read(folder / "candidates.vot", format="votable")
    assert list(votable["object_id"]) == table["object_id"].to_pylist()
    assert str(votable["peak_abs_mag"].unit) == "mag"
    assert votable["p_TDE"].description


@needs_chromium
class TestPage:
    def test_loads_without_errors_and_lists_everyone(self, browser, page, table):
        browser.open(page)
        assert browser.js(NAMES) == table["object_id"].to_pylist()
        assert browser.errors() == []

    def test_sorts(self, browser, page, table):
        browser.open(page)
        browser.click("button[data-key=z]")
        order = sorted(table.to_pylist(), key=lambda row: row["z"])
        assert browser.js(NAMES) == [row["object_id"] for row in order]
        assert browser.js("document.querySelector('th.z').getAttribute('aria-sort')") == "ascending"
        browser.click("button[data-key=z]")
        assert browser.js(NAMES)[0] == order[-1]["object_id"]
        browser.click("button[data-key=object_id]")
        assert browser.js("document.querySelectorAll('[aria-sort]').length") == 1

    def test_filters(self, browser, page, table):
        browser.open(page)
        wanted = table["object_id"].to_pylist()[3]
        browser.type("#find", wanted)
        assert browser.js(NAMES) == [wanted]
        assert "1 of" in browser.js("document.querySelector('#count').textContent")
        browser.type("#find", "no such name")
        assert browser.js(f"{VISIBLE}.length") == 0
        browser.click("#clear")
        browser.type("#least", "0.5")
        expected = [row["object_id"] for row in table.to_pylist() if row["p_TDE"] >= 0.5]
        assert browser.js(NAMES) == expected
        browser.js("document.querySelector('#filters').reset()")
        browser.click("#selected")
        assert browser.js(NAMES) == [row["object_id"] for row in table.to_pylist() if row["is_TDE"]]

    def test_opens_a_candidate_with_everything_about_it(self, browser, page, table):
        browser.open(page)
        first = table.to_pylist()[0]
        browser.click("#candidates tbody tr td.p_TDE")
        assert browser.js("document.querySelector('#detail h2').textContent") == f"1. {first['object_id']}"
        text = browser.js("document.querySelector('#detail').innerText")
        assert f"{first['p_TDE']:.3f}" in text
        assert "For a TDE" in text
        assert "of the training objects" in text
        assert browser.js("document.querySelectorAll('#figures svg[role=img]').length") >= 1
        drawn = browser.js("document.querySelectorAll('#figures svg[role=img] g > title').length")
        assert 0 < drawn <= first["n_points"]
        assert browser.js("document.querySelectorAll('#detail tbody tr').length") == 5
        assert browser.errors() == []

    def test_bands_can_be_hidden(self, browser, page):
        browser.open(page)
        browser.press("Down", "Enter")
        before = browser.js("document.querySelectorAll('#figures g > title').length")
        browser.click(".toggles button[aria-pressed=true]")
        assert browser.js("document.querySelectorAll('#figures g > title').length") < before
        assert browser.js("document.activeElement.getAttribute('aria-pressed')") == "false"

    def test_works_with_the_keyboard_alone(self, browser, page, table):
        browser.open(page)
        names = table["object_id"].to_pylist()
        browser.press("Down", "Down", "Enter")
        assert names[1] in browser.js("document.querySelector('#detail h2').textContent")
        browser.press("Right")
        assert names[2] in browser.js("document.querySelector('#detail h2').textContent")
        browser.press("Left", "Left")
        assert names[0] in browser.js("document.querySelector('#detail h2').textContent")
        browser.press("Escape")
        assert browser.js("document.querySelector('#detail').hidden")
        assert browser.js("document.activeElement.textContent") == names[0]
        browser.press("/")
        assert browser.js("document.activeElement.id") == "find"

    def test_fits_a_phone(self, page):
        with Browser() as phone:
            phone.resize(360, 780)
            phone.open(page)
            assert phone.js("document.documentElement.scrollWidth <= innerWidth")
            assert phone.js("document.querySelector('.scroll').scrollWidth <= innerWidth")
            phone.click("#candidates tbody tr td.p_TDE")
            assert phone.js("document.documentElement.scrollWidth <= innerWidth")
            assert phone.errors() == []

    def test_report_opens_whole(self, browser, quick):
        browser.open(quick.path / RESULTS / "report/report.html")
        assert browser.js("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
        assert browser.js("document.images.length") > 5
        headings = browser.js("[...document.querySelectorAll('h2')].map(h => h.textContent)")
        wanted = ["Data", "Features", "Models", "Decision", "Where it fails", "Run", "Candidates"]
        assert [name for name in headings if name in wanted] == wanted
        text = browser.js("document.body.innerText")
        assert "Versions and configuration" in text
        assert "numpy" in text
        assert not re.search(r"\{[{%]", text)  # no caption with its template showing
        assert browser.errors() == []

    def test_names_cannot_break_out(self, browser, tmp_path, quick, table):
        one = table.slice(0, 1).set_column(table.column_names.index("object_id"), "object_id", [[EVIL]])
        record = {
            "light_curve": {"mjd": [60000.0, 60010.0], "band": ["g", "r"], "flux": [1.0, 2.0], "flux_err": [0.1, 0.1]},
            "curves": {},
            "temperature": None,
            "reasons": [],
            "neighbours": [{"object_id": EVIL, "spec_type": EVIL, "z": None, "distance": 0.1}],
            "flags_told": [],
        }
        context = {
            "title": EVIL, "dataset": EVIL, "trained_on": EVIL, "n_objects": 1, "chosen": EVIL,
            "classes": ["TDE", "AGN", "Ia", "CC", "SLSN"], "explained": 1.0, "notice": EVIL,
        }  # fmt: skip
        write_page(tmp_path / "evil.html", one, [record], context)
        browser.open(tmp_path / "evil.html")
        assert browser.js(NAMES) == [EVIL]
        browser.click("#candidates tbody tr a")
        assert browser.js("document.querySelector('#detail h2').textContent").endswith(EVIL)
        assert browser.js("document.images.length") == 0
        assert browser.errors() == []
        write_tables(one, tmp_path / "e.csv", tmp_path / "e.parquet", tmp_path / "e.vot")
        assert next(csv.DictReader((tmp_path / "e.csv").open()))["object_id"] == EVIL
        from astropy.table import Table

        assert Table.read(tmp_path / "e.vot", format="votable")["object_id"][0] == EVIL
