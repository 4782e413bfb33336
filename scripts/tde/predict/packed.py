"""A bundle in one small file: numbers with fewer digits, everything in a compressed archive.

Features are noisy by far more than the digits that are kept, so what models say changes by little (the packing says by
how much).
"""

from __future__ import annotations

import lzma
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.models.training import load_estimators
from tde.predict import bundle
from tde.predict.matrix import estimator_probabilities
from tde.tables import read_parquet, write_atomically, write_json, write_parquet

ABOUT = "README.md"
"""Where a packed bundle comes from, and whose data it was learnt from."""

ABOUT_TEXT = """\
# A bundle of mallorn-tde

A blend of classifiers that tells tidal disruption events by their light curves, trained on the data set {dataset}:
{n_objects} objects ({classes}).

What cross-validation found:

{scores}

In it are fitted models, quantiles of features, features of the training objects with their names, types and redshifts,
and a few light curves that the workflow has simulated itself: no observation of anybody else. MALLORN's light curves
are those of Magill et al. 2025 (arXiv:2512.04946); whoever uses what was learnt from them should cite it.

Licence: MIT, as of the workflow. Numbers have five digits. Made with Python {python}, {libraries}.
"""

N_BITS = 16
"""Significant bits of the numbers that are kept: rounding changes them by less than 8e-6 of themselves."""

ROUNDED = (bundle.CHECK, bundle.FEATURES, bundle.NEIGHBOURS, bundle.HELD_OUT)
"""Tables that are rounded; known light curves are not, for times need more digits."""


FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9, "lc": 2, "lp": 2, "pb": 3}]
"""Of the archive: most of it are numbers of eight bytes, which so takes 1.7 % less."""


class Packing(NamedTuple):
    """What packing did to a bundle.

    Attributes
    ----------
    n_bytes : int
        Size of the packed file.
    largest_change : float
        Of P(TDE) of a model for a known object.
    """

    n_bytes: int
    largest_change: float


def pack(folder: Path | str, path: Path | str) -> Packing:
    """Write a bundle into one file, the same bytes every time.

    Parameters
    ----------
    folder : path
        Of the bundle.
    path : path
        The packed file.
    """
    manifest = bundle.read_manifest(folder)
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "bundle"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".*"))
        for file in sorted((copy / "models").rglob("*.npz")):
            _round_arrays(file)
        for name in ROUNDED:
            if (copy / name).exists():
                write_parquet(copy / name, _rounded_table(read_parquet(copy / name)))
        change = _answer_anew(copy, manifest)
        (copy / ABOUT).write_text(_about(manifest), encoding="utf-8")
        bundle.sign(copy)
        write_atomically(path, lambda name: _archive(copy, name))
    return Packing(Path(path).stat().st_size, change)


def unpack(path: Path | str, folder: Path | str) -> None:
    """Unfold a packed bundle.

    Parameters
    ----------
    path : path
        Written by `pack`.
    folder : path
        Emptied first.

    Raises
    ------
    InputError
        If the file is not a packed bundle, or damaged.
    """
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with tarfile.open(path, "r:xz") as archive:
            # never outside the folder, no links, no devices
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise InputError(f"{path}: not a packed bundle, or damaged ({error}); get the file again") from None
    bundle.read_manifest(folder)


def _about(manifest: dict[str, Any]) -> str:
    """Where the bundle comes from, what it is worth, and what is in it, in words."""
    training = manifest["training"]
    classes = ", ".join(f"{number} {name}" for name, number in training["classes"].items())
    scores = [
        f"- folds by {'real event' if kind == 'parent' else kind}: F1 {part['mean']['f1']:.3f}, average precision"
        f" {part['mean']['average_precision']:.3f}"
        for kind, part in manifest["scores"].items()
    ]
    return ABOUT_TEXT.format(
        dataset=manifest["dataset"],
        n_objects=training["n_objects"],
        classes=classes,
        scores="\n".join(scores),
        python=manifest["python"],
        libraries=", ".join(f"{name} {version}" for name, version in manifest["libraries"].items()),
    )


def _round_arrays(path: Path) -> None:
    """Round the arrays of a fitted model."""
    with np.load(path, allow_pickle=False) as arrays:
        content = {name: arrays[name] for name in arrays.files}
    short = {name: rounded(a) if a.dtype.kind == "f" else a for name, a in content.items()}
    # without compression of its own: the archive compresses alike arrays of several models together
    np.savez(path, **cast("dict[str, Any]", short))


def _rounded_table(table: pa.Table) -> pa.Table:
    """A table of the same types, its numbers rounded."""
    for j, field in enumerate(table.schema):
        column = table[j].combine_chunks()
        if pa.types.is_float64(field.type):
            table = table.set_column(j, field, pa.array(rounded(column.to_numpy(zero_copy_only=False))))
        elif pa.types.is_list(field.type) and pa.types.is_float64(field.type.value_type):
            short = rounded(column.values.to_numpy())
            table = table.set_column(j, field, pa.ListArray.from_arrays(column.offsets, pa.array(short)))
    return table


def rounded(values: np.ndarray) -> np.ndarray:
    """Numbers with `N_BITS` significant bits, in single precision if they were; NaN and infinities stay.

    Parameters
    ----------
    values : ndarray of float
    """
    fraction, exponent = np.frexp(values)
    return np.ldexp(np.round(fraction * 2.0**N_BITS) / 2.0**N_BITS, exponent).astype(values.dtype)


def _answer_anew(folder: Path, manifest: dict[str, Any]) -> float:
    """Replace the known answers by those of the rounded models; returns the largest change."""
    table = read_parquet(folder / bundle.CHECK)
    largest = 0.0
    for entry in [*manifest["members"], *(manifest["unfinished"] or {}).get("members", [])]:
        features, _, estimators = load_estimators(folder / "models" / entry["name"])
        X = np.column_stack([table[name].to_numpy() for name in features])
        said = estimator_probabilities(estimators, X).mean(axis=0)[:, -1]
        column = table.column_names.index(f"p_{entry['name']}")
        largest = max(largest, float(np.abs(said - table[column].to_numpy()).max()))
        table = table.set_column(column, table.field(column), pa.array(said))
    write_parquet(folder / bundle.CHECK, table)
    write_json(folder / bundle.MANIFEST, manifest | {"significant_bits": N_BITS})
    return largest


def _archive(folder: Path, path: Path) -> None:
    """Files in the order of their names, without times and owners."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.mtime, member.uid, member.gid, member.uname, member.gname, member.mode = 0, 0, 0, "", "", 0o644
        return member

    with lzma.open(path, "wb", filters=FILTERS) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for file in [*bundle.bundle_files(folder), folder / bundle.SUMS]:
            archive.add(file, file.relative_to(folder).as_posix(), filter=plain)
