"""Tables of FITS files, compressed or not, opened as astropy does and with the house's messages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tde.errors import InputError
from tde.sources.head import open_bytes
from tde.sources.parsing.damage import attempt, attempt_quietly

MAGIC = b"SIMPLE  ="


@contextmanager
def open_fits(path: Path) -> Iterator[Any]:
    """The list of units (HDUs) of a FITS file; an uncompressed one is mapped, not read.

    Parameters
    ----------
    path : path
    """
    from astropy.io import fits

    with path.open("rb") as file:
        plain = file.read(len(MAGIC)) == MAGIC
    content: Any = path
    if not plain:
        with open_bytes(path) as packed:
            content = io.BytesIO(attempt(str(path), packed.read))
        if not content.getbuffer()[: len(MAGIC)] == MAGIC:
            raise InputError(f"{path}: no FITS file, or compressed more than once")
    with attempt_quietly(str(path), fits.open, content, memmap=plain, lazy_load_hdus=False) as units:
        yield units


def first_table(path: Path, units: Any) -> Any:
    """The first table of a FITS file, its length checked.

    Parameters
    ----------
    path : path
    units : astropy.io.fits.HDUList
    """
    from astropy.io import fits

    table = next((unit for unit in units if isinstance(unit, fits.BinTableHDU | fits.TableHDU)), None)
    if table is None:
        raise InputError(f"{path}: a FITS file without a table; allowed: a binary table of light curves")
    attempt_quietly(str(path), _check, table)
    return table


def _check(table: Any) -> None:
    """Raise for a table whose bytes are not all there."""
    expected = table.header["NAXIS1"] * table.header["NAXIS2"]
    if table.data is None or table.data.nbytes != expected:
        raise ValueError("the table is shorter than its header says")
