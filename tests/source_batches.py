"""What the tests of readers share: all batches of a reader as one, real samples, and files with damage."""

import bz2
import gzip
import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tde.errors import InputError
from tde.sources.batch import EVIDENCE, OBJECT_SCHEMA, Batch
from tde.sources.head import Head

MUTATIONS = int(os.environ.get("SOURCE_MUTATIONS", "500"))
"""Damaged files of each format."""

KINDS = {0: "detection", 1: "forced", 2: "limit"}


class Rows(NamedTuple):
    """All rows of all batches."""

    object_id: np.ndarray
    mjd: np.ndarray
    band: np.ndarray
    flux: np.ndarray
    flux_err: np.ndarray
    kind: np.ndarray
    reason: np.ndarray
    reference: np.ndarray
    row: np.ndarray
    objects: dict
    notes: set

    def of(self, name):
        """The used rows of an object, sorted by time, band and kind."""
        mine = np.flatnonzero((self.object_id == name) & (self.reason == "used"))
        return mine[np.lexsort((self.kind[mine], self.band[mine], self.mjd[mine]))]

    def reasons(self):
        return dict(Counter(reason for reason in self.reason.tolist() if reason != "used"))

    def kinds(self):
        return dict(Counter(KINDS[k] for k in self.kind.tolist()))

    def bands(self):
        return dict(Counter(self.band.tolist()))


def check_batch(batch: Batch):
    """The promises of `Batch`."""
    n = len(batch.mjd)
    assert isinstance(batch.where, str)
    for name, kind in (
        ("row", np.int64), ("mjd", np.float64), ("flux", np.float64), ("flux_err", np.float64), ("kind", np.int8),
        ("reason", np.int8),
    ):  # fmt: skip
        values = getattr(batch, name)
        assert (values.dtype, values.shape) == (kind, (n,)), name
    for name in ("object_id", "band"):
        values = getattr(batch, name)
        assert (str(values.type), len(values), values.null_count) == ("string", n, 0), name
    assert np.isin(batch.kind, (0, 1, 2)).all()
    assert ((batch.reason >= -1) & (batch.reason < len(batch.reasons))).all()
    if batch.reference is not None:
        assert (str(batch.reference.type), len(batch.reference)) == ("string", n)
    assert batch.objects is None or batch.objects.schema.equals(OBJECT_SCHEMA)


def rows_of(source, *paths) -> Rows:
    """Read files, each of which the reader must know as its own."""
    for path in paths:
        assert source.recognises(Head(path)), path
    return joined(source.read(paths))


def joined(batches) -> Rows:
    batches = list(batches)
    for batch in batches:
        check_batch(batch)
    names = ("mjd", "flux", "flux_err", "kind", "row")
    numbers = {name: np.concatenate([getattr(batch, name) for batch in batches]) for name in names}
    texts = {
        name: np.array([text for batch in batches for text in getattr(batch, name).to_pylist()], dtype=object)
        for name in ("object_id", "band")
    }
    reason = [batch.reasons[k] if k >= 0 else "used" for batch in batches for k in batch.reason]
    reference = [
        text for b in batches for text in (b.reference.to_pylist() if b.reference is not None else [None] * len(b.mjd))
    ]
    told = [row for b in batches if b.objects is not None for row in b.objects.to_pylist()]
    objects = {row.pop("object_id"): without_nothing(row) for row in told}
    return Rows(
        **numbers,
        **texts,
        reason=np.array(reason, dtype=object),
        reference=np.array(reference, dtype=object),
        objects=objects,
        notes={note for batch in batches for note in batch.notes},
    )


def without_nothing(row):
    """What is said of an object, without what few formats say and this one does not."""
    return {name: value for name, value in row.items() if name not in EVIDENCE or value is not None}


def sample(name) -> Path:
    """A real file; the test is skipped where there are none."""
    folder = os.environ.get("FORMATS_DATA")
    if not folder:
        pytest.skip("set FORMATS_DATA to the folder of sample files")
    return Path(folder) / name


def refusal(source, *paths) -> str:
    """The message with which a reader refuses files."""
    with pytest.raises(InputError) as caught:
        joined(source.read(paths))
    return str(caught.value)


def truncated(source, path, keeps=(0.2, 0.5, 0.9, 0.99)):
    """A file cut off at several places is refused by name, or found to be of no known format."""
    content = path.read_bytes()
    for keep in keeps:
        cut = path.with_name("cut" + "".join(path.suffixes))
        cut.write_bytes(content[: int(keep * len(content))])
        assert str(cut) in refusal(source, cut)


def compressed_once_and_twice(source, path):
    """Once is read to the same rows; twice is refused, by the reader too."""
    plain = rows_of(source, path)
    for ending, compress in ((".gz", gzip.compress), (".bz2", bz2.compress)):
        once = path.with_name(path.name + ending)
        once.write_bytes(compress(path.read_bytes()))
        again = rows_of(source, once)
        np.testing.assert_array_equal(again.flux, plain.flux)
        np.testing.assert_array_equal(again.object_id, plain.object_id)
        once.write_bytes(compress(compress(path.read_bytes())))
        with pytest.raises(InputError, match="compressed twice"):
            Head(once)
        assert str(once) in refusal(source, once)


def mutate(content: bytes, rng) -> bytes:
    """Bytes turned over, taken out, put in, or the end cut off."""
    changed = bytearray(content)
    for _ in range(rng.integers(1, 6)):
        if not changed:
            break
        place = int(rng.integers(len(changed)))
        action = rng.integers(5)
        if action == 0:
            changed[place] ^= 1 << int(rng.integers(8))
        elif action == 1:
            changed[place] = int(rng.integers(256))
        elif action == 2:
            del changed[place : place + int(rng.integers(1, 40))]
        elif action == 3:
            changed[place:place] = rng.bytes(int(rng.integers(1, 20)))
        else:
            del changed[place : len(changed) if rng.random() < 0.3 else place + 1]
    return bytes(changed)


def fuzz(source, path, *others, seed=0):
    """A damaged file gives batches that keep their promises, or an `InputError`; nothing else."""
    content = path.read_bytes()
    messages = []
    for k in range(MUTATIONS):
        rng = np.random.default_rng([seed, k])
        path.write_bytes(mutate(content, rng))
        try:
            if source.recognises(Head(path)) or k % 2:
                for batch in source.read([path, *others]):
                    check_batch(batch)
        except InputError as error:
            messages.append(str(error))
    path.write_bytes(content)
    assert all(any(str(each) in message for each in (path, *others)) for message in messages)
    assert messages or MUTATIONS < 20
