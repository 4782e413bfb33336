"""The bundle: a trained blend in one folder, every byte of which is checked before it is used.

``manifest.json`` says what is in it, ``SHA256SUMS`` holds the checksum of every file (so
that ``sha256sum -c SHA256SUMS`` checks it, too). Models are in their libraries' own
formats; nothing is a pickle, so that loading a bundle runs no code of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

import tde
from tde.errors import InputError
from tde.evaluation.handover import Handover
from tde.evaluation.thresholds_by_age import HeldOut, held_out_rows
from tde.features.registry import FAMILIES, learns
from tde.features.shared.learning import Learnt, read_learnt
from tde.imports import library_files
from tde.models.training import MODEL_FILE, Fitted, load_estimators
from tde.predict.matrix import estimator_probabilities
from tde.tables import read_json, read_parquet, write_text

FORMAT, FORMAT_VERSION = "mallorn-tde bundle", 4

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
CHECK, FEATURES, NEIGHBOURS = "check.parquet", "features.parquet", "neighbours.parquet"
"""Known answers; statistics of the training objects' features; training objects to compare with."""

LEARNT = "learnt"
"""Folder of what feature families have learnt from the training objects."""

HELD_OUT = "held_out.parquet"
"""What the blend says of unfinished light curves that it has not learnt from, for thresholds."""

TOLERANCE = 1e-9
"""Largest difference from the known answers."""


@dataclass(frozen=True)
class Member:
    """One model of the blend.

    Attributes
    ----------
    name : str
    weight : float
    classes : tuple of str
        The last is the TDE.
    features : list of str
        ``family.column``, in the order of the estimators.
    estimators : list of Estimator or OnColumns
        Fits with different seeds.
    """

    name: str
    weight: float
    classes: tuple[str, ...]
    features: list[str]
    estimators: list[Fitted]


class UnfinishedPart(NamedTuple):
    """The part of a bundle for light curves that are not finished.

    Attributes
    ----------
    members : list of Member
        Models that learnt from views of the training objects.
    handover : Handover
        When they are believed rather than those that learnt from whole light curves.
    held_out : HeldOut
        What thresholds by age are made of.
    """

    members: list[Member]
    handover: Handover
    held_out: HeldOut


@dataclass(frozen=True)
class Bundle:
    """A trained blend, ready for use.

    Attributes
    ----------
    folder : path
    manifest : dict
    members : list of Member
        Models that learnt from whole light curves.
    unfinished : UnfinishedPart or None
        None if nothing learnt from views.
    """

    folder: Path
    manifest: dict[str, Any]
    members: list[Member]
    unfinished: UnfinishedPart | None = None

    @property
    def by_this_code(self) -> bool:
        """Whether features are computed by the very files that computed those of the training objects."""
        return feature_library_hash(list(self.families)) == self.manifest["feature_library"]

    @property
    def families(self) -> dict[str, dict[str, Any]]:
        """Options of each feature family that the members need, in the order of their computation."""
        return {entry["name"]: entry["options"] for entry in self.manifest["families"]}

    @property
    def learnt(self) -> dict[str, Learnt]:
        """What families have learnt from the training objects."""
        return {name: read_learnt(self.folder / LEARNT / f"{name}.npz") for name in self.families if learns(name)}

    @property
    def threshold(self) -> float:
        """P(TDE) above which an object is called a TDE."""
        return self.manifest["threshold"]["threshold"]

    @property
    def classes(self) -> list[str]:
        """Names of the classes that probabilities are given for; the last is the TDE."""
        return self.manifest["classes"]

    @property
    def population(self) -> dict[str, Any]:
        """What the training objects are like; see `tde.predict.training_summary.population`."""
        return self.manifest["training"]

    def share(self, progress: np.ndarray, learnt_from: str = "both") -> np.ndarray | None:
        """How far the models of unfinished light curves are believed, shape (n,); None if they are not asked.

        Parameters
        ----------
        progress : ndarray, shape (n, 4)
            How far the light curves have come (`tde.views.states.progress`).
        learnt_from : str
            ``both``: as the hand-over has learnt; ``whole``, ``views``: one kind of models alone.
        """
        if self.unfinished is None or learnt_from == "whole":
            return None
        return np.ones(len(progress)) if learnt_from == "views" else self.unfinished.handover.share(progress)

    def features(self) -> pa.Table:
        """One row per feature: name, unit, meaning, label, importance, quantiles; see `feature_summary`."""
        return read_parquet(self.folder / FEATURES)

    def neighbours(self) -> pa.Table:
        """One row per training object: object_id, spec_type, z, and its most important features."""
        return read_parquet(self.folder / NEIGHBOURS)


def feature_library_hash(families: list[str]) -> str:
    """SHA-256 of all library files that features are computed with, in hexadecimal."""
    scripts = Path(tde.__file__).resolve().parent.parent
    roots = ["tde.features.table", *(f"tde.features.{family}" for family in families)]
    digest = hashlib.sha256()
    for name in library_files(scripts, roots):
        digest.update(str(Path(name).relative_to(scripts)).encode() + b"\0")
        digest.update(Path(name).read_bytes() + b"\0")
    return digest.hexdigest()


def checksum(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def bundle_files(folder: Path) -> list[Path]:
    """Every file of a bundle but `SUMS`, in the order of their names, without hidden files."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    return sorted(path for path in files if not path.name.startswith("."))


def sign(folder: Path) -> None:
    """Write the checksums of a bundle, last of all: without them, a folder is not a bundle."""
    lines = [f"{checksum(path)}  {path.relative_to(folder).as_posix()}" for path in bundle_files(folder)]
    write_text(folder / SUMS, "\n".join(lines) + "\n")


def read_manifest(folder: Path | str) -> dict[str, Any]:
    """Check every byte of a bundle and return what its manifest says.

    Raises
    ------
    InputError
        If the folder is not a bundle, or one of another format version, incomplete or changed.
    """
    folder = Path(folder)
    if not (folder / MANIFEST).is_file() or not (folder / SUMS).is_file():
        raise InputError(f"{folder}: not a bundle: {MANIFEST} or {SUMS} is missing")
    wanted = dict(line.split("  ", 1)[::-1] for line in (folder / SUMS).read_text(encoding="utf-8").splitlines())
    found = {path.relative_to(folder).as_posix() for path in bundle_files(folder)}
    if found != set(wanted):
        name = sorted(found ^ set(wanted))[0]
        problem = "is not a file of the bundle" if name in found else "is missing"
        raise InputError(f"{folder}: {name} {problem}; get the bundle again")
    for name, expected in wanted.items():
        got = checksum(folder / name)
        if got != expected:
            raise InputError(f"{folder / name}: checksum is {got[:12]}..., expected {expected[:12]}...: it was changed")
    manifest = read_json(folder / MANIFEST)
    if manifest.get("format") != FORMAT or manifest.get("format_version") != FORMAT_VERSION:
        raise InputError(
            f"{folder / MANIFEST}: got {manifest.get('format')!r} version {manifest.get('format_version')!r};"
            f" allowed: {FORMAT!r} version {FORMAT_VERSION}; make the bundle again with this workflow"
        )
    return manifest


def read_bundle(folder: Path | str) -> Bundle:
    """Load a bundle after checking that it is whole and that its models can be used here.

    Whether features are the same here, `tde.predict.known_features.check_features` tells, where they are computed.

    Raises
    ------
    InputError
        As `read_manifest`; and if a feature family is not known here, or the models do not give the answers known
        of them.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    known = [family.name for family in FAMILIES]
    for entry in manifest["families"]:
        if entry["name"] not in known:
            raise InputError(
                f"{folder}: needs feature family {entry['name']!r}, which is not in this version; here are"
                f" {', '.join(known)}"
            )
    members = [_member(folder, entry) for entry in manifest["members"]]
    unfinished = _unfinished(folder, manifest["unfinished"]) if manifest["unfinished"] else None
    _check_answers(folder, [*members, *(unfinished.members if unfinished else [])], manifest)
    return Bundle(folder, manifest, members, unfinished)


def read_held_out(folder: Path | str) -> pa.Table:
    """What a bundle's models say of light curves held out: ages, probabilities and true classes.

    Raises
    ------
    InputError
        If nothing in it learnt from unfinished light curves.
    """
    path = Path(folder) / HELD_OUT
    if not path.is_file():
        raise InputError(f"{folder}: knows nothing of objects held out (no models of views); allowed: prior: training")
    return read_parquet(path)


def _unfinished(folder: Path, entry: dict[str, Any]) -> UnfinishedPart:
    members = [_member(folder, member) for member in entry["members"]]
    held_out = held_out_rows(read_parquet(folder / HELD_OUT))
    return UnfinishedPart(members, Handover.of(entry["handover"]), held_out)


def _member(folder: Path, entry: dict[str, Any]) -> Member:
    features, classes, estimators = load_estimators(folder / "models" / entry["name"])
    if list(classes) != entry["classes"] or len(features) != entry["n_features"]:
        raise InputError(f"{folder}: {entry['name']}/{MODEL_FILE} and {MANIFEST} differ in classes or features")
    return Member(entry["name"], entry["weight"], classes, features, estimators)


def _check_answers(folder: Path, members: list[Member], manifest: dict[str, Any]) -> None:
    """Compare predictions for a few training objects with those made when the bundle was written."""
    table = read_parquet(folder / CHECK)
    for member in members:
        X = np.column_stack([table[name].to_numpy() for name in member.features])
        found = estimator_probabilities(member.estimators, X).mean(axis=0)[:, -1]
        expected = table[f"p_{member.name}"].to_numpy()
        worst = float(np.abs(found - expected).max())
        if not worst <= TOLERANCE:
            versions = ", ".join(f"{name} {version}" for name, version in manifest["libraries"].items())
            raise InputError(
                f"{folder}: model {member.name!r} gives other probabilities than when the bundle was written (by up to"
                f" {worst:.2g}); it was written with {versions}"
            )
