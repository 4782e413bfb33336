"""Tables come back from CSV, Markdown, HTML and JSON as they went in, whatever stands in their cells."""

import csv
import io
import math
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markup import PageReader

from tde.pages.columns import KINDS, SHORT, Beside, TableColumn, short
from tde.pages.markdown import Span, spans
from tde.pages.printed_table import Table
from tde.pages.sheet import Sheet, write_table
from tde.tables import write_rows

EVIL = "</table><script>alert('1')</script>|\"&amp;\\|`*_<br>\nnext"

COLUMNS = (
    TableColumn("name", heading="the <name>"),
    TableColumn("count", "integer", format=","),
    TableColumn("score", "float", "", "mag/d", ".3f", (Beside("error", " ± {}"), Beside("verdict", " {}", True))),
    TableColumn("error", "float", format=".2f", shown=False),
    TableColumn("verdict", shown=False),
    TableColumn("good", "boolean"),
)  # fmt: skip


def page_of(table, folder):
    Sheet("Title", [table]).write(data=folder / "page.json", page=folder / "page.html")
    return PageReader((folder / "page.html").read_text(encoding="utf-8"))


def markdown_cells(text):
    """Cells as a Markdown reader shows them."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    cells = []
    for before, token in pairwise(tokens):
        if before.type in ("td_open", "th_open"):
            cells.append("".join(part.content for part in token.children))
    return cells


@pytest.fixture(scope="module")
def table():
    rows = [
        {"name": EVIL, "count": 1234567, "score": 0.123456789012345, "error": 0.5, "verdict": "better", "good": True},
        {"name": None, "count": None, "score": math.nan, "good": False},
        {"name": "", "count": -3, "score": -math.inf, "error": math.nan, "good": None},
    ]
    return Table("Of `one` run", COLUMNS, rows, ["See *here*: a < b."], ["Before."])


def test_csv_has_all_columns_and_digits(table, tmp_path):
    table.write_csv(tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["name", "count", "score", "error", "verdict", "good"]
    assert rows[0] == [EVIL, "1234567", "0.123456789012345", "0.5", "better", "True"]
    assert rows[1] == ["", "", "nan", "", "", "False"]
    assert rows[2] == ["", "-3", "-inf", "nan", "", ""]


SHOWN = [
    [EVIL, "1,234,567", "0.123 ± 0.50 better", "yes"],
    ["–", "–", "–", "no"],
    ["", "-3", "-inf", "–"],
]
"""What readers of pages see."""


def test_page_shows_rounded_numbers_and_escapes_names(table, tmp_path):
    page = page_of(table, tmp_path)
    assert page.rows == [["the <name>", "count", "score [mag/d]", "good"], *SHOWN]
    assert page.headings == ["Title", "Of one run"]
    assert not {"script", "br"} & {tag for tag, _ in page.tags}
    assert [tag for tag, _ in page.tags].count("b") == 1
    assert "http" not in (tmp_path / "page.html").read_text()  # nothing is fetched


def test_numbers_stand_to_the_right_and_long_texts_may_wrap(table, tmp_path):
    page = page_of(table, tmp_path)
    head = [attributes.get("class") for tag, attributes in page.tags if tag == "th"]
    assert head == ["text long", None, None, "text"]


def test_markdown_shows_the_same_cells(table):
    text = table.markdown(2)
    assert text.startswith("## Of `one` run\n\nBefore.\n\n| the")
    assert text.endswith("|\n\nSee *here*: a < b.\n")
    assert "**better**" in text
    cells = markdown_cells(text)
    one_line = [[" ".join(cell.splitlines()) for cell in row] for row in SHOWN]  # Markdown has no others
    assert [cells[i : i + 4] for i in range(4, len(cells), 4)] == one_line
    assert cells[0] == "the <name>"
    assert "#" not in table.markdown()


KIND_VALUES = {"text": st.text(), "integer": st.integers(), "float": st.floats(), "boolean": st.booleans()}


@st.composite
def tables(draw):
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4))
    columns = [TableColumn(f"c{k}", kind, unit=draw(st.text(max_size=5))) for k, kind in enumerate(kinds)]
    row = st.fixed_dictionaries({c.name: st.none() | KIND_VALUES[c.kind] for c in columns})
    rows = draw(st.lists(row, max_size=5))
    return Table(draw(st.text()), columns, rows, draw(st.lists(st.text(), max_size=2)), [draw(st.text())])


def same(first, second):
    return type(first) is type(second) and (first == second or (first != first and second != second))


@settings(max_examples=50, deadline=None)
@given(tables())
def test_any_table_comes_back_from_its_file(tmp_path_factory, table):
    folder = tmp_path_factory.mktemp("sheet")
    Sheet("any", [table]).write(data=folder / "sheet.json", page=folder / "sheet.html")
    title, (back,) = Sheet.read(folder / "sheet.json")
    assert (title, back.title, back.columns) == ("any", table.title, table.columns)
    assert (back.notes, back.introduction) == (table.notes, table.introduction)
    for row, of_back in zip(table.rows, back.rows, strict=True):
        assert all(same(value, of_back[name]) for name, value in row.items())
    assert back.markdown(1) == table.markdown(1)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=3))
@example(["__0__", "a_b_c"])
def test_any_text_comes_back_from_csv_markdown_and_html(tmp_path_factory, texts):
    """But for what the formats cannot say: a browser and a Markdown reader have their own ends of lines."""
    texts = [text.replace("\0", "") for text in texts]
    folder = tmp_path_factory.mktemp("texts")
    table = Table("", [TableColumn("a"), TableColumn("b", "integer")], [{"a": text, "b": 1} for text in texts])
    table.write_csv(folder / "t.csv")
    with (folder / "t.csv").open(encoding="utf-8", newline="") as file:
        assert [row[0] for row in csv.reader(file)] == ["a", *texts]
    with (folder / "t.csv").open(encoding="utf-8", newline="") as file:
        assert [row["a"] for row in csv.DictReader(io.StringIO(file.read(), newline=""))] == texts
    shown = [row[0].split() for row in page_of(table, folder).rows[1:]]
    assert shown == [text.split() for text in texts]
    read = [cell.split() for cell in markdown_cells(table.markdown())[2::2]]
    assert read == [text.split() for text in texts]


def test_what_stands_beside_stays_where_the_value_is_missing():
    column = TableColumn("a", "float", beside=(Beside("b", "{}"),))
    table = Table("", [column, TableColumn("b", "float", format="+.1f", shown=False)], [{"b": 0.25}, {}])
    assert [[piece.text for piece in table.cell(row, column)] for row in table.rows] == [["+0.2"], ["–"]]


@pytest.mark.parametrize(("value", "text"), [(12345.6, "12,346"), (123.4, "123"), (12.34, "12.3"), (1.234, "1.23")])
def test_numbers_of_any_size_are_short(value, text):
    assert short(value) == TableColumn("a", "float", format=SHORT).text(value) == text


def test_numbers_of_numpy_become_those_of_python():
    import numpy as np

    columns = [TableColumn("a", "integer"), TableColumn("b", "float"), TableColumn("c", "boolean")]
    row = Table("", columns, [{"a": np.int64(3), "b": np.float32(0.5), "c": np.True_}]).rows[0]
    assert [type(value) for value in row.values()] == [int, float, bool]


def test_wrong_declarations_are_refused():
    with pytest.raises(ValueError, match="no column for b"):
        Table("t", [TableColumn("a")], [{"a": "x", "b": 1}])
    with pytest.raises(ValueError, match="share a name"):
        Table("t", [TableColumn("a"), TableColumn("a")], [])
    with pytest.raises(ValueError, match="kind is 'number'"):
        TableColumn("a", "number")


@pytest.mark.parametrize(
    ("kind", "value"), [("integer", 2.7), ("integer", math.nan), ("boolean", "False"), ("float", "much")]
)
def test_a_value_that_its_column_cannot_hold_is_refused(kind, value):
    with pytest.raises(ValueError, match=rf"column 'here': got {value!r}; allowed: {kind}"):
        Table("", [TableColumn("here", kind)], [{"here": value}])


def test_what_is_to_stand_beside_a_value_must_be_there():
    with pytest.raises(ValueError, match="no column error to show beside another"):
        Table("", [TableColumn("f1", "float", beside=(Beside("error", " ± {}"),))], [])


def test_sentences_have_code_and_emphasis():
    assert spans("a `b*` *c* d*") == [
        Span("plain", "a "), Span("literal", "b*"), Span("plain", " "), Span("emphasis", "c"), Span("plain", " d*"),
    ]  # fmt: skip


def test_a_table_without_rows_says_so(tmp_path):
    write_table(
        Table("Empty", [TableColumn("a")], []),
        csv=tmp_path / "t.csv",
        data=tmp_path / "t.json",
        page=tmp_path / "t.html",
    )
    assert (tmp_path / "t.csv").read_text() == "a\n"
    assert "None." in (tmp_path / "t.html").read_text()
    page = PageReader((tmp_path / "t.html").read_text())
    assert page.headings == ["Empty"]


def test_rows_are_written_as_they_are(tmp_path):
    write_rows(tmp_path / "t.csv", [{"a": 0.1 + 0.2, "b": None}, {"a": 'x,"', "b": math.nan}])
    assert (tmp_path / "t.csv").read_text() == 'a,b\n0.30000000000000004,\n"x,""",nan\n'
