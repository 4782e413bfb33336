"""The beginning of a file, decompressed, seen in each of the ways that a format may be known by."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from tde.errors import InputError
from tde.sources.parsing.damage import attempt, attempt_quietly
from tde.sources.parsing.json_text import parse_document

HEAD_BYTES = 1 << 16
"""How much of a file is looked at to know its format."""

COMPRESSED: dict[bytes, Callable[[Path], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
"""First bytes of compressed files, and what opens them."""


def open_bytes(path: Path) -> BinaryIO:
    """Open a file for reading bytes, decompressed where its first bytes say that it is compressed."""
    try:
        with path.open("rb") as file:
            magic = file.read(6)
        opener = next((opener for start, opener in COMPRESSED.items() if magic.startswith(start)), None)
        return path.open("rb") if opener is None else opener(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None


def is_plain(path: Path) -> bool:
    """Whether a file is not compressed."""
    with path.open("rb") as file:
        return not file.read(6).startswith(tuple(COMPRESSED))


class Head:
    """The first bytes of a file.

    Attributes
    ----------
    path : path
    start : bytes
        The first `HEAD_BYTES` bytes, decompressed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with open_bytes(path) as file:
                self.start = file.read(HEAD_BYTES)
        except (OSError, EOFError, lzma.LZMAError) as error:
            raise InputError(f"{path}: cannot be read ({error})") from None
        if self.start.startswith(tuple(COMPRESSED)) and not is_plain(path):
            raise InputError(f"{path}: compressed twice; allowed: once. Unpack it once")

    @cached_property
    def text(self) -> str | None:
        """The beginning as text, or None if these are not the bytes of a text."""
        if b"\0" in self.start:
            return None
        try:
            return self.start.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            # the last character may be cut in two
            return self.start[: error.start].decode("utf-8-sig") if error.start > len(self.start) - 4 else None

    @cached_property
    def avro_schema(self) -> dict[str, Any]:
        """The schema of an Avro container file, empty for any other file."""
        if not self.start.startswith(b"Obj\x01"):
            return {}
        from fastavro import reader

        with open_bytes(self.path) as file:
            schema = attempt(str(self.path), reader, file).writer_schema
        return schema if isinstance(schema, dict) else {}

    @property
    def avro_name(self) -> str:
        """Full name of the records of an Avro file."""
        return str(self.avro_schema.get("name", ""))

    @cached_property
    def avro_fields(self) -> dict[str, frozenset[str]]:
        """Fields of the records of an Avro file, and the fields inside those that are records themselves."""
        return {field["name"]: frozenset(_fields_of(field["type"])) for field in self.avro_schema.get("fields", [])}

    @cached_property
    def parquet_schema(self) -> Any:
        """Arrow schema of a Parquet file; empty for any other."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self.start.startswith(b"PAR1"):
            return pa.schema([])
        with open_bytes(self.path) as file:
            return attempt(str(self.path), pq.read_schema, file)

    @cached_property
    def fits_header(self) -> dict[str, Any]:
        """The first header of a FITS file; empty for any other or a damaged one."""
        if not self.start.startswith(b"SIMPLE  ="):
            return {}
        from astropy.io import fits

        try:
            return attempt_quietly(str(self.path), lambda: dict(fits.Header.fromfile(io.BytesIO(self.start))))
        except InputError:
            return {}

    @cached_property
    def csv_header(self) -> frozenset[str]:
        """Cells of the first line, if commas separate them."""
        line = (self.text or "").partition("\n")[0]
        return frozenset(cell.strip().strip('"') for cell in line.split(",")) if "," in line else frozenset()

    @property
    def columns(self) -> frozenset[str]:
        """Names of the columns of a Parquet, JSON or CSV table."""
        return frozenset(self.parquet_schema.names) or self.json_fields or self.csv_header

    @cached_property
    def _json(self) -> Any:
        """The content of a JSON file; None for any other or a damaged file."""
        if self.text is None or self.text.lstrip()[:1] not in ("{", "["):
            return None
        try:
            with open_bytes(self.path) as file:
                return parse_document(attempt(str(self.path), file.read), str(self.path))
        except InputError:
            return None

    @property
    def json_is_list(self) -> bool:
        """Whether a JSON file holds a list, or several documents."""
        return isinstance(self._json, list)

    @property
    def json_document(self) -> Any:
        """The document of a JSON file, the first of several; None for any other or a damaged file."""
        return next(iter(self._json), None) if isinstance(self._json, list) else self._json

    @property
    def json_fields(self) -> frozenset[str]:
        """Names of the fields of a JSON document, or of the first of a list."""
        return frozenset(self.json_document) if isinstance(self.json_document, dict) else frozenset()


def _fields_of(kind: Any) -> list[str]:
    """Names of the fields of an Avro type that is a record, or null or one."""
    if isinstance(kind, list):
        return next((names for names in map(_fields_of, kind) if names), [])
    return [field["name"] for field in kind.get("fields", [])] if isinstance(kind, dict) else []
