"""What `real_sky.py` found as Markdown and pictures, and the collections that real events alone are learnt from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml
from real_sky import AGES, FEWEST, KINDS, Said, read

from tde.candidates.records import describe, rank
from tde.evaluation.growth import completeness_at_purity
from tde.evaluation.looks import FAMILIES, looks_like
from tde.evaluation.metrics import average_precision
from tde.evaluation.mistakes import Mistake
from tde.evaluation.resampling import bootstrap_weights
from tde.plots.mistake_gallery import plot_mistakes
from tde.predict.bundle import Bundle
from tde.predict.classify import How, classify
from tde.predict.matrix import feature_tables

RIVALS = {
    "SN Ia": ("SN Ia",),
    "SLSN": ("SLSN-I", "SLSN-II"),
    "core collapse": ("SN II", "SN IIb", "SN IIn", "SN Ibc", "SN Ibn"),
}
CLASSES = {"TDE": "TDE", "SN Ia": "Ia", "SLSN-I": "SLSN", "SLSN-II": "SLSN"} | dict.fromkeys(
    RIVALS["core collapse"], "CC"
)
FALSE_POSITIVES = (0.05, 0.01)
N_BOOTSTRAP, SEED = 300, 4
N_WORST = 12
MODELS = {"both": "the bundle", "whole": "its models of whole light curves", "views": "its models of views",
          "own": "learnt from these events alone", "two_sets": "learnt from MALLORN and these events"}  # fmt: skip

INTRODUCTION = f"""\
# On the sky

Made by `make sky`: {{n_objects}} real events with at least {FEWEST} points in ZTF's g, r and i ({{counts}}),
classified by the bundle that comes with the repository, which was trained on MALLORN. Errors are those of a bootstrap
over events.

**Read with care.** Many of MALLORN's TDEs were simulated from these very events, so the bundle knows some of them. The
TDEs are forced photometry of years, most others are detections of weeks: part of what looks like success is telling one
service from another. So the light curves are given in three kinds:

{{kinds}}

Supernovae of the literature are nearby and bright, and there is no active galaxy among the objects with ZTF's bands.
"""

OWN_WORDS = (
    "What has learnt from these events alone (five classes, folds by event) tells nearly all of them apart, even where",
    "they are made alike: among some tens of TDEs redshifts, depths and services tell much, and that is no promise for",
    "another survey. The bundle has seen nothing of this one. From the first kind of light curves to the last it falls",
    "as the years of baseline and the decline go. In models of views that learnt from MALLORN and from these events",
    "either set weighs the same; MALLORN's copies of the TDEs held out stay in what they learnt from.",
)


def completeness_at(positive: np.ndarray, p_tde: np.ndarray, share: float, weights: np.ndarray | None = None) -> float:
    """Share of the TDEs above the probability that a share of the others exceeds."""
    weights = np.ones(len(p_tde)) if weights is None else weights
    order = np.argsort(-p_tde[~positive], kind="stable")
    passed = np.cumsum(weights[~positive][order]) / max(weights[~positive].sum(), 1e-9)
    beyond = np.flatnonzero(passed > share + 1e-12)
    threshold = p_tde[~positive][order][beyond[0]] if len(beyond) else -np.inf
    return float(np.sum(weights[positive] * (p_tde[positive] > threshold)) / max(weights[positive].sum(), 1e-9))


def _completeness_cells(objects: pd.DataFrame, column: str) -> list[str]:
    """Completeness at 5 and 1 % false positives against each kind of rival, with errors."""
    cells = []
    for rivals in (*RIVALS.values(), None):
        is_tde = (objects["label"] == "TDE").to_numpy()
        other = objects["label"].isin(rivals).to_numpy() if rivals else ~is_tde
        chosen = objects[(is_tde | other) & objects[column].notna().to_numpy()]
        positive, p_tde = (chosen["label"] == "TDE").to_numpy(), chosen[column].to_numpy(dtype=float)
        draws = bootstrap_weights(pd.factorize(chosen["event"])[0], N_BOOTSTRAP, SEED)
        words = []
        for share in FALSE_POSITIVES:
            errors = np.std([completeness_at(positive, p_tde, share, weights) for weights in draws])
            words.append(f"{completeness_at(positive, p_tde, share):.2f} ± {errors:.2f}")
        cells.append(", ".join(words))
    return cells


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _head(cells: list[str]) -> list[str]:
    return [_row(cells), _row(["---"] * len(cells))]


def own_predictions(own: Path, kind: str, objects: pd.DataFrame) -> np.ndarray | None:
    """Out-of-fold P(TDE) of a run that learnt from the events themselves, folds by event, averaged over repeats."""
    path = own.parent / name_of(kind) / "blends/blend/oof.parquet"
    if not path.exists():
        return None
    table = pd.read_parquet(path)
    mean = table[table["kind"] == "parent"].groupby("object_id")["p_TDE"].mean()
    return objects["object_id"].map(mean).to_numpy(dtype=float)


def predictions_of_both(own: Path, kind: str, objects: pd.DataFrame) -> np.ndarray | None:
    """P(TDE) of events held out, by models of views that learnt from MALLORN and the other events (`two_sets.py`)."""
    path = own / "two_sets" / f"{kind.replace(' ', '_')}.parquet"
    if not path.exists():
        return None
    return objects["object_id"].map(pd.read_parquet(path).set_index("object_id")["p_TDE"]).to_numpy(dtype=float)


def page(
    said: dict[str, Said],
    parts: dict[str, Said],
    gaia: Said,
    worst: Worst,
    bundle: Bundle,
    own: Path,
    pictures: Path,
) -> str:
    """The whole page.

    Parameters
    ----------
    said : dict of str to Said
        By the kind of light curves.
    parts : dict of str to Said
        Of events that ZTF and ATLAS have observed: by ``ZTF`` alone, ``ATLAS`` alone, and ``both``.
    gaia : Said
        Of Gaia's alerts.
    worst : Worst
    bundle : Bundle
    own : path
        Beside it lie the results of runs that learnt from real events alone.
    pictures : path
        Where pictures go.
    """
    for kind, found in said.items():
        for column, predictions in (("own", own_predictions), ("two_sets", predictions_of_both)):
            learnt = predictions(own, kind, found.objects)
            if learnt is not None:
                found.objects[column] = learnt
    counts = said["as they are"].objects["label"].value_counts()
    introduction = INTRODUCTION.format(
        n_objects=counts.sum(),
        counts=", ".join(f"{n} {label}" for label, n in counts.items()),
        kinds="\n".join(f"- *{kind}*: {words}" for kind, words in KINDS.items()),
    )
    sections = [_found(said), _called(said), _grown(said), _together(parts), _gaia(gaia)]
    sections += [_worst(worst, bundle, pictures / "sky_worst.png"), [LAST_WORDS]]
    return "\n".join([introduction, *("\n".join([*section, ""]) for section in sections)]).rstrip()


def _found(said: dict[str, Said]) -> list[str]:
    lines = [
        "## TDEs found",
        "",
        "Share of the TDEs found where 5 %, and where 1 %, of the rivals are called TDE too:",
        "",
        *_head(["light curves", "P(TDE) by", "TDEs", *RIVALS, "all others"]),
    ]
    for kind, found in said.items():
        n_tde = int((found.objects["label"] == "TDE").sum())
        for column, words in MODELS.items():
            if column in found.objects:
                lines.append(_row([kind, words, str(n_tde), *_completeness_cells(found.objects, column)]))
    return [*lines, "", *OWN_WORDS]


def _called(said: dict[str, Said]) -> list[str]:
    lines = [
        "## Called TDE",
        "",
        "Share of each class above the bundle's own threshold:",
        "",
        *_head(["light curves", "TDE", *RIVALS]),
    ]
    for kind, found in said.items():
        cells = [kind]
        for labels in (("TDE",), *RIVALS.values()):
            called = found.objects[found.objects["label"].isin(labels)]["called"].to_numpy(dtype=bool)
            # with one more of each outcome, so that none of n has an error as well
            share = (called.sum() + 1) / (len(called) + 2)
            cells.append(f"{called.mean():.3f} ± {np.sqrt(share * (1 - share) / len(called)):.3f}")
        lines.append(_row(cells))
    return lines


def _grown(said: dict[str, Said]) -> list[str]:
    lines = [
        "## While they still shine",
        "",
        "The same events until some days after their trigger (the second detection of 5 sigma within 30 days); those",
        "without one are left out. What MALLORN promises is in [early.md](early.md). First the light curves as they",
        "are, then those cut to detections:",
        "",
        *_head(["days since the trigger"] + ["AP", "found at 5 %", "at purity .8"] * 2),
    ]
    for age in (*AGES, np.inf):
        cells = ["all" if np.isinf(age) else f"{age:g}"]
        for kind in ("as they are", "detections"):
            found = said[kind]
            p_tde = found.objects["both"].to_numpy(dtype=float) if np.isinf(age) else found.grown[age]
            known = np.isfinite(p_tde)
            positive = (found.objects["label"] == "TDE").to_numpy()[known]
            cells += [
                f"{float(average_precision(positive, p_tde[known])[0]):.2f}",
                f"{completeness_at(positive, p_tde[known], 0.05):.2f}",
                f"{completeness_at_purity(positive, p_tde[known], 0.8):.2f}",
            ]
        lines.append(_row(cells))
    return lines


def _together(parts: dict[str, Said]) -> list[str]:
    """What two surveys of one event say together and alone: these events are no TDEs, so P(TDE) should be low."""
    by_event = {kind: found.objects.set_index("object_id").dropna(subset="both") for kind, found in parts.items()}
    common = sorted(set.intersection(*(set(its.index) for its in by_event.values())))
    ztf, atlas, both = (by_event[kind].loc[common, "both"].to_numpy(dtype=float) for kind in ("ZTF", "ATLAS", "both"))
    low, high = (
        {kind: its.loc[common, end].to_numpy(dtype=float) for kind, its in by_event.items()} for end in ("low", "high")
    )

    def inside(p_tde: np.ndarray, kind: str) -> int:
        return int(np.sum((low[kind] <= p_tde) & (p_tde <= high[kind])))

    surer = both <= np.minimum(ztf, atlas) + 0.01
    lines = [
        "## Two surveys of one event",
        "",
        f"{len(common)} events have enough points of ZTF and of ATLAS; none of them is a TDE. Together the two surveys",
        f"are at least as sure of that as either alone (to .01) for {surer.sum()}.",
        "",
        f"P(TDE) by both lies in the interval of ZTF alone (68 %, models and nights) for {inside(both, 'ZTF')},",
        f"in that of ATLAS alone for {inside(both, 'ATLAS')}; P(TDE) by ZTF alone lies in ATLAS's for",
        f"{inside(ztf, 'ATLAS')}, that by ATLAS in ZTF's for {inside(atlas, 'ZTF')}.",
        "",
        *_head(["light curves", "mean P(TDE)", "largest", "mean log-loss"]),
    ]
    for words, p_tde in (("ZTF alone", ztf), ("ATLAS alone", atlas), ("both", both)):
        lines.append(_row([words, f"{p_tde.mean():.3f}", f"{p_tde.max():.2f}", f"{-np.log1p(-p_tde).mean():.3f}"]))
    return lines


def _gaia(found: Said) -> list[str]:
    objects = found.objects
    lines = [
        "## One band: Gaia's alerts",
        "",
        "Total fluxes less their median before the alert, in one wide band; the active galaxies are those that flared,",
        "most of them without a redshift, and most labels are not verified. Found at 5 % and 1 % false positives:",
        "",
        *_head(["rivals", "TDEs", "rivals' number", "found"]),
    ]
    for rival in ("AGN", "CV", "SN Ia"):
        chosen = objects[objects["label"].isin(["TDE", rival]) & objects["both"].notna()]
        positive, p_tde = (chosen["label"] == "TDE").to_numpy(), chosen["both"].to_numpy(dtype=float)
        found_at = ", ".join(f"{completeness_at(positive, p_tde, share):.2f}" for share in FALSE_POSITIVES)
        lines.append(_row([rival, str(positive.sum()), str((~positive).sum()), found_at]))
    return lines


LAST_WORDS = """\
What others report for their own surveys, and why it is not to be compared number by number, is in
[trust.md](trust.md)."""


class Worst(NamedTuple):
    """The TDEs with the lowest P(TDE) and the other objects with the highest, and the light curves that say so."""

    objects: pd.DataFrame
    light_curves: pd.DataFrame


def worst_of(said: Said, light_curves: pd.DataFrame) -> Worst:
    """The events that the bundle is most wrong about."""
    is_tde = said.objects["label"] == "TDE"
    missed = said.objects[is_tde].nsmallest(N_WORST // 2, "both")
    objects = pd.concat([missed, said.objects[~is_tde].nlargest(N_WORST // 2, "both")])
    return Worst(objects, light_curves[light_curves["object_id"].isin(objects["object_id"])])


def _worst(worst: Worst, bundle: Bundle, picture: Path) -> list[str]:
    """A picture of them, and what speaks most against what they are."""
    curves, table = read(worst.light_curves, worst.objects, bundle.folder)
    order = worst.objects.set_index("object_id").reindex(curves.object_id)
    missed = (order["label"] == "TDE").to_numpy()
    drawn = np.lexsort((np.where(missed, order["both"], -order["both"]), ~missed))
    mistakes = [Mistake(int(k), float(order["both"].iloc[k]), bool(missed[k])) for k in drawn]
    tables = feature_tables(curves, {family: bundle.families[family] for family in FAMILIES}).tables
    columns = {f"{family}.{name}": of[name].to_numpy() for family, of in tables.items() for name in of.column_names}
    plot_mistakes(curves, order["label"].tolist(), looks_like(columns, len(curves)).tolist(), mistakes, picture)
    ranked = rank(classify(bundle, curves, table, How(n_resamples=0)), len(curves))
    names = ranked["object_id"].to_pylist()
    place = {name: k for k, name in enumerate(curves.object_id.tolist())}
    told = describe(bundle, curves.select(np.array([place[name] for name in names])), ranked)
    record_of = dict(zip(names, told.records, strict=True))
    lines = [
        "## The worst errors",
        "",
        f"![TDEs with the lowest and other events with the highest P(TDE)]({picture.name})",
        "",
        "What speaks most for the error, by the models' own contributions:",
        "",
        *_head(["event", "class", "z", "P(TDE)", "because of"]),
    ]
    for k in drawn:
        row = order.iloc[k]
        because = _strongest(record_of[curves.object_id[k]]["reasons"], -1.0 if missed[k] else 1.0)
        lines.append(_row([row.name, row["label"], f"{row['z']:.3f}", f"{row['both']:.2f}", because]))
    return lines


def _strongest(reasons: list[dict[str, Any]], sign: float) -> str:
    """The group of features that speaks most for one side, and its strongest feature, in words."""
    reason = max(reasons, key=lambda reason: sign * reason["sum"])
    feature = max(reason["features"], key=lambda feature: sign * feature["contribution"])
    words = f"{reason['group']}: {feature['meaning']} ({feature['words'].split(';')[0]})"
    return words.replace("|", r"\|")


def name_of(kind: str) -> str:
    """Name of the collection of one kind of light curves."""
    return f"sky_{kind.replace(' ', '_')}"


def write_collection(own: Path, kind: str, light_curves: pd.DataFrame, objects: pd.DataFrame) -> None:
    """Write light curves, labels and settings of a run that learns from real events alone."""
    folder = own / name_of(kind)
    folder.mkdir(parents=True, exist_ok=True)
    known = objects[objects["label"].isin(CLASSES) & objects["object_id"].isin(light_curves["object_id"])]
    light_curves = light_curves[light_curves["object_id"].isin(known["object_id"])]
    light_curves[["object_id", "mjd", "flux", "flux_err", "band"]].to_parquet(folder / "lightcurves.parquet")
    known[["object_id", "z", "ebv", "label", "event"]].to_csv(folder / "labels.csv", index=False)
    block = {
        "files": str(folder / "lightcurves.parquet"), "objects": str(folder / "labels.csv"), "survey": "ztf",
        "label": "label", "classes": {label: CLASSES[label] for label in known["label"].unique()}, "group": "event",
    }  # fmt: skip
    settings = {"dataset": name_of(kind), "datasets": {name_of(kind): block}}
    (own / f"{name_of(kind)}.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
