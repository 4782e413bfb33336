"""Measure what P(TDE) is worth while an event goes on, by models of whole light curves and of unfinished ones."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from tde.evaluation.folds import read_folds
from tde.evaluation.growth import called_scores, decided_words, growth_scores, growth_table
from tde.evaluation.growth_strata import growth_by_stratum, peak_magnitude, strata_of, stratum_scores
from tde.evaluation.handover import Handover
from tde.evaluation.objects import read_training_objects
from tde.evaluation.thresholds_by_age import best_f1, held_out_rows
from tde.lightcurves import LightCurves, read_shards
from tde.pages.sheet import write_table
from tde.plots.growth_curves import plot_growth
from tde.predict.fitted_peaks import fitted_peaks
from tde.predict.matrix import matrix
from tde.predict.perturbations import population_redshifts, with_redshifts
from tde.predict.training_summary import population
from tde.runlog import run_log
from tde.tables import read_json, read_parquet, write_parquet, write_text
from tde.trigger import trigger_mjd
from tde.views.learners import FoldModel, load_folds, p_tde
from tde.views.states import STATES, Moments, progress
from tde.views.view_features import features_in_parts


class Judges(NamedTuple):
    """The models of both kinds and the hand-over between them, of each fold, and how features are computed for them."""

    whole: list[FoldModel]
    views: list[FoldModel]
    handovers: list[Handover]
    families: dict[str, dict[str, Any]]
    compiled: str
    threads: int


def main(
    *,
    fold_fits: str,
    handover: str,
    held_out: str,
    families: dict[str, dict[str, Any]],
    kind: str,
    n_redshifts: int,
    shards: list[str],
    objects: str,
    curves: list[str],
    training_objects: str,
    folds: str,
    compiled: str,
    threads: int,
    table: str,
    data: str,
    by_stratum: str,
    text: str,
    page: str,
    figure: str,
    probabilities: str,
) -> None:
    training = read_training_objects(training_objects)
    lightcurves = read_shards(shards, read_parquet(objects))
    fold = read_folds(read_parquet(folds), training.object_id, kind)[0]
    told = read_json(handover)
    whole, views = (load_folds(fold_fits, told["weights"][learnt]) for learnt in ("whole", "views"))
    judges = Judges(whole, views, [Handover.of(gate) for gate in told["folds"]], families, compiled, threads)
    moments = Moments(trigger_mjd(lightcurves), fitted_peaks(curves, lightcurves.object_id))
    redshifts = population_redshifts(population(lightcurves, training.codes)["z"], n_redshifts)
    known = read_parquet(held_out)
    strata = strata_of(training.positive, {"z": lightcurves.z, "m": peak_magnitude(lightcurves)})
    rows, of_strata, kept, called = [], [], [], {}
    for state in tqdm(STATES, desc="states", unit="state"):
        cut = state.cut(lightcurves, moments)
        says = _said(judges, cut, fold, redshifts)
        above = says["both"] > _thresholds(known, progress(cut)[:, 0], fold)
        if state.counted == "trigger":
            called[state.days] = above[training.positive]
        kept.append(pa.table({"object_id": training.object_id, "light_curves": [state.words] * len(fold), **says}))
        in_strata = stratum_scores(strata, training.positive, says["both"], training.parents)
        of_strata.append({"light curves": state.words, **in_strata})
        of_state = {"light curves": state.words, "median_points": float(np.median(np.diff(cut.offsets)))}
        of_state |= called_scores(training.positive, above)
        for learnt, p in says.items():
            rows.append({**of_state, "learnt from": learnt, **growth_scores(training.positive, p, training.parents)})
        print(rows[-1])
    write_parquet(probabilities, pa.concat_tables(kept))
    plot_growth(rows, STATES, figure)
    growth = growth_table(rows, float(training.positive.mean()), kind, decided_words(called))
    write_table(growth, csv=table, data=data, page=page)
    near_and_far = growth_by_stratum(of_strata, strata, training.positive)
    near_and_far.write_csv(by_stratum)
    write_text(text, growth.markdown(1) + "\n" + near_and_far.markdown(2))


def _thresholds(known: pa.Table, log_age: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Threshold of each light curve by its age, learnt from what is said of the light curves of the other folds."""
    threshold = np.full(len(fold), np.nan)
    for k in range(int(fold.max()) + 1):
        others = held_out_rows(known.filter(pc.not_equal(known["fold"], k)))
        threshold[fold == k] = best_f1(others, log_age[fold == k])
    return threshold


def _said(judges: Judges, lightcurves: LightCurves, fold: np.ndarray, redshifts: np.ndarray) -> dict[str, np.ndarray]:
    """P(TDE) by models that have not learnt from the objects; the mean over several redshifts where there is none."""
    n_groups = len(redshifts) if np.isnan(lightcurves.z).all() else 1
    several = with_redshifts(lightcurves, redshifts) if n_groups > 1 else lightcurves
    tables = features_in_parts(several, judges.families, judges.compiled, judges.threads)
    features = partial(matrix, tables)
    whole, views = (p_tde(models, features, fold, n_groups) for models in (judges.whole, judges.views))
    far, both = progress(lightcurves), np.full(len(fold), np.nan)
    for k, handover in enumerate(judges.handovers):
        held = fold == k
        both[held] = handover.mixed(far[held], whole[held], views[held])
    return {"whole": whole, "views": views, "both": both}


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            fold_fits=snakemake.input.fold_fits,
            handover=snakemake.input.handover,
            held_out=snakemake.input.held_out,
            families=snakemake.params.families,
            kind=snakemake.params.kind,
            n_redshifts=snakemake.params.n_redshifts,
            shards=list(snakemake.input.shards),
            objects=snakemake.input.objects,
            curves=list(snakemake.input.curves),
            training_objects=snakemake.input.training,
            folds=snakemake.input.folds,
            compiled=snakemake.input.compiled,
            threads=snakemake.threads,
            table=snakemake.output.table,
            data=snakemake.output.data,
            by_stratum=snakemake.output.by_stratum,
            text=snakemake.output.text,
            page=snakemake.output.page,
            figure=snakemake.output.figure,
            probabilities=snakemake.output.probabilities,
        )
