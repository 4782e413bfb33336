"""Measure what P(TDE) is worth while an event goes on, by models of whole light curves and of unfinished ones."""

from typing import Any

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from tde.evaluation.folds import read_folds
from tde.evaluation.growth import called_scores, decided_words, growth_scores, growth_table
from tde.evaluation.growth_strata import growth_by_stratum, peak_magnitude, strata_of, stratum_scores
from tde.evaluation.objects import read_training_objects
from tde.lightcurves import read_shards
from tde.pages.sheet import write_table
from tde.plots.growth_curves import plot_growth
from tde.predict.fitted_peaks import fitted_peaks
from tde.predict.perturbations import population_redshifts
from tde.predict.training_summary import population
from tde.runlog import run_log
from tde.tables import read_parquet, write_parquet, write_text
from tde.trigger import trigger_mjd
from tde.views.judges import read_judges
from tde.views.states import STATES, Moments, progress


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
    judges = read_judges(fold_fits, handover, held_out, families, compiled, threads)
    moments = Moments(trigger_mjd(lightcurves), fitted_peaks(curves, lightcurves.object_id))
    redshifts = population_redshifts(population(lightcurves, training.codes)["z"], n_redshifts)
    strata = strata_of(training.positive, {"z": lightcurves.z, "m": peak_magnitude(lightcurves)})
    rows, of_strata, kept, called = [], [], [], {}
    for state in tqdm(STATES, desc="states", unit="state"):
        cut = state.cut(lightcurves, moments)
        says = judges.said(cut, fold, redshifts)
        above = says["both"] > judges.thresholds(progress(cut)[:, 0], fold)
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
