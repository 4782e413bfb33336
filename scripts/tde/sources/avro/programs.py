"""A schema of Avro as a flat table that compiled code walks along, with the place that each wanted value goes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

NULL, BOOLEAN, LONG, FLOAT, DOUBLE, TEXT, BYTES, FIXED, ENUM, RECORD, ARRAY, MAP, UNION, REFUSED = range(14)
"""Kinds of nodes; ``REFUSED`` is null where a row has to be."""

PRIMITIVES = {
    "null": NULL, "boolean": BOOLEAN, "int": LONG, "long": LONG, "float": FLOAT, "double": DOUBLE, "string": TEXT,
    "bytes": BYTES,
}  # fmt: skip

KINDS = {
    **PRIMITIVES, "record": RECORD, "error": RECORD, "fixed": FIXED, "enum": ENUM, "array": ARRAY, "map": MAP,
}  # fmt: skip

TAKEN = (NULL, BOOLEAN, LONG, FLOAT, DOUBLE, TEXT)
"""Kinds of values that have a place in a column."""

KIND, FIRST, N_CHILDREN, LIST, ROW_COLUMN, RECORD_COLUMN = range(6)
"""Columns of the table of nodes."""

DAMAGED, FULL = -1, -2
"""What the compiled walk says in place of a number of rows; after ``FULL`` it wants more room for them."""

TEXT_LENGTH = 24
"""A text is kept as its place in the data, and its length in the last so many bits."""

DEEPEST, STACK = 24, 32
"""Types inside types; a schema that contains itself has no end. The walk has room for more."""

MOST_NODES = 20_000

ITEM = "[]"
"""In place of a field's name, in the path to what a list holds."""


class Rows(NamedTuple):
    """Room for rows.

    Attributes
    ----------
    kind : ndarray of uint8, shape (n_columns, n)
        Of each value, 0 where there is none.
    bits : ndarray of int64, shape (n_columns, n)
        The value: a whole number or truth value as it is, a float64 by its bits, a text by its place in the data.
    of_list, of_record : ndarray of int64, shape (n,)
        List, and record from 0, that each row is of.
    """

    kind: np.ndarray
    bits: np.ndarray
    of_list: np.ndarray
    of_record: np.ndarray


class Records(NamedTuple):
    """Room for fields of the records themselves: ``kind`` and ``bits`` as in `Rows`, a column each."""

    kind: np.ndarray
    bits: np.ndarray


class UnsuitedSchemaError(Exception):
    """A schema that is left to the library: it contains itself, or a wanted field is of an unusual type."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is taken of a record.

    Attributes
    ----------
    lists : mapping of str to int
        Fields with rows and the kind of these rows, in the order in which they are given.
    singles : frozenset of str
        Those of them that are one row, and no list.
    fields : tuple of str
        Fields of a row.
    of_record : tuple of tuple of str
        Paths to fields that are there once a record: ``("diaObject", "ra")``.
    """

    lists: Mapping[str, np.int8]
    singles: frozenset[str]
    fields: tuple[str, ...]
    of_record: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Program:
    """Nodes in the order in which they were met, the first being the record itself.

    Attributes
    ----------
    nodes : ndarray of int64, shape (n, 6)
        Kind; where its children begin; how many these are (bytes, for ``FIXED``); list, if rows begin here; column of
        the row and column of the record that the value goes to; -1 for none.
    children : ndarray of int64
        Nodes.
    fields : tuple of tuple of str
        By list: all fields of its rows; empty for one that the schema does not have.
    n_columns : tuple of int
        Of a row, and of a record.
    """

    nodes: np.ndarray
    children: np.ndarray
    fields: tuple[tuple[str, ...], ...]
    n_columns: tuple[int, int]


def program_of(schema: Any, wanted: Wanted) -> Program:
    """Translate a schema.

    Parameters
    ----------
    schema : dict
        As fastavro has parsed it: names are complete.
    wanted : Wanted

    Raises
    ------
    UnsuitedSchemaError
    """
    if not isinstance(schema, dict) or schema.get("type") != "record":
        raise UnsuitedSchemaError
    found = _Translation(wanted)
    found.node(schema, (), 1, -1)
    n_columns = len(wanted.fields), len(wanted.of_record)
    nodes, children = np.array(found.nodes, dtype=np.int64), np.array([*found.children, -1], dtype=np.int64)
    return Program(nodes, children, tuple(found.fields), n_columns)


class _Translation:
    """Nodes, children and fields of rows so far."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted, self.lists = wanted, list(wanted.lists)
        self.named: dict[str, Any] = {}
        self.logical: set[int] = set()  # dates and the like, which the library makes objects of
        self.nodes: list[list[int]] = []
        self.children: list[int] = []
        self.fields: list[tuple[str, ...]] = [()] * len(self.lists)

    def node(self, schema: Any, path: tuple[str, ...], depth: int, rows_of: int) -> int:
        """Append a node and all below it; its number.

        ``rows_of`` is the list that this is, holds, or is the row of; -1 for none.
        """
        kind, schema = self.kind_of(schema)
        if depth > DEEPEST or len(self.nodes) > MOST_NODES or not self.is_in_place(kind, path, rows_of):
            raise UnsuitedSchemaError
        number = len(self.nodes)
        self.nodes.append([kind, 0, int(schema["size"]) if kind == FIXED else 0, -1, -1, -1])
        if isinstance(schema, dict) and "logicalType" in schema:
            self.logical.add(number)
        if kind == RECORD and rows_of >= 0:
            if self.fields[rows_of]:
                raise UnsuitedSchemaError
            self.nodes[number][LIST] = rows_of
            self.fields[rows_of] = tuple(field["name"] for field in schema["fields"])
        if kind == NULL and rows_of >= 0 and path[-1] == ITEM:
            self.nodes[number][KIND] = REFUSED
        inside = self.inside(kind, schema, path, depth + 1, rows_of)
        if inside:
            self.nodes[number][FIRST], self.nodes[number][N_CHILDREN] = len(self.children), len(inside)
            self.children += inside
        return number

    def is_in_place(self, kind: int, path: tuple[str, ...], rows_of: int) -> bool:
        """Whether a type may stand where a list of rows, or one, is expected."""
        if rows_of < 0 or kind in (NULL, UNION):
            return True
        is_row = path[-1] == ITEM or self.lists[rows_of] in self.wanted.singles
        return kind == (RECORD if is_row else ARRAY)

    def inside(self, kind: int, schema: Any, path: tuple[str, ...], depth: int, rows_of: int) -> list[int]:
        """Nodes below one."""
        if kind == UNION:
            return [self.node(each, path, depth, rows_of) for each in schema]
        if kind == ARRAY:
            return [self.node(schema["items"], (*path, ITEM), depth, rows_of)]
        if kind == MAP:
            return [self.node(schema["values"], (*path, ITEM), depth, -1)]
        return [self.field(each, path, depth, rows_of) for each in schema["fields"]] if kind == RECORD else []

    def field(self, field: Mapping[str, Any], path: tuple[str, ...], depth: int, rows_of: int) -> int:
        """The node of a field of a record, and where its value goes."""
        name = field["name"]
        its = (*path, name)
        number = self.node(field["type"], its, depth, self.lists.index(name) if not path and name in self.lists else -1)
        if rows_of >= 0 and name in self.wanted.fields:
            self.send(number, ROW_COLUMN, self.wanted.fields.index(name))
        if its in self.wanted.of_record:
            self.send(number, RECORD_COLUMN, self.wanted.of_record.index(its))
        return number

    def send(self, number: int, place: int, column: int) -> None:
        """Let the value of a node, or of whatever a union holds, go to a column."""
        kind, first, n_children = self.nodes[number][:3]
        if kind == UNION:
            for child in self.children[first : first + n_children]:
                self.send(child, place, column)
        elif kind in TAKEN and number not in self.logical:
            self.nodes[number][place] = column
        else:
            raise UnsuitedSchemaError

    def kind_of(self, schema: Any) -> tuple[int, Any]:
        """Kind of a type, and the type itself where it was named."""
        if isinstance(schema, list):
            return UNION, schema
        if isinstance(schema, str):
            if schema in PRIMITIVES:
                return PRIMITIVES[schema], schema
            if schema not in self.named:
                raise UnsuitedSchemaError
            return self.kind_of(self.named[schema])
        kind = schema["type"]
        if not isinstance(kind, str) or kind not in KINDS:
            raise UnsuitedSchemaError
        if "name" in schema:
            self.named[schema["name"]] = schema
        return KINDS[kind], schema


def may_be_endless(kind: Any) -> bool:
    """Whether a type has lists whose elements take no bytes: their number, if damaged, fills the memory."""
    if isinstance(kind, list):
        return any(map(may_be_endless, kind))
    if not isinstance(kind, dict):
        return False
    inside = [kind.get(name) for name in ("items", "values")] + [field["type"] for field in kind.get("fields", [])]
    return (kind["type"] == "array" and _is_empty(kind["items"])) or any(map(may_be_endless, inside))


def _is_empty(kind: Any) -> bool:
    """Whether a type takes no bytes."""
    if isinstance(kind, dict) and kind["type"] == "record":
        return all(_is_empty(field["type"]) for field in kind["fields"])
    return kind == "null" or (isinstance(kind, dict) and kind.get("size") == 0)
