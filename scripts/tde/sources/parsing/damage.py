"""Whatever a library raises for a file that it cannot read, as one message that names the file."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from tde.errors import InputError

T = TypeVar("T")

LONGEST_REASON = 200
"""Characters of a library's own message that are shown."""


def attempt(where: str, read: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """Call a library's reader; what it raises becomes an `InputError`.

    Parameters
    ----------
    where : str
        The file, and the place in it if that is known.
    read : callable
        A function of the library, never of this one: its own mistakes must keep their traceback.
    *arguments, **options
        What it is called with.
    """
    try:
        return read(*arguments, **options)
    except InputError:
        raise
    except Exception as error:
        # Decoders of binary files are not written for damaged ones: fastavro and astropy raise whatever
        # the wrong bytes lead to (KeyError, struct.error, zlib.error, MemoryError, RecursionError, ...).
        reason = " ".join(str(error).split())[:LONGEST_REASON]
        raise InputError(f"{where}: damaged or cut off ({type(error).__name__}: {reason})") from None


def attempt_quietly(where: str, read: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """As `attempt`, without astropy's warnings of what is not quite to the standard.

    Parameters
    ----------
    where, read, *arguments, **options
        As for `attempt`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return attempt(where, read, *arguments, **options)


def guarded(place: Callable[[int], str], items: Iterable[T]) -> Iterator[T]:
    """The items that a library's reader gives one by one, as in `attempt`.

    Parameters
    ----------
    place : callable
        What messages name for the item with this number, from 1.
    items : iterable
    """
    iterator = iter(items)
    end = object()
    number = 1
    while (item := attempt(place(number), next, iterator, end)) is not end:
        yield item
        number += 1
