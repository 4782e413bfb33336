"""Memory that is not used any more."""

from __future__ import annotations

import ctypes

import pyarrow as pa


def give_back() -> None:
    """Hand freed memory back to the system.

    The C library and Arrow keep what they may use again: after a fit of boosted trees half a gigabyte in
    thousands of pieces, for as long as the process lives.
    """
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc alone has it
    if trim is not None:
        trim(0)
