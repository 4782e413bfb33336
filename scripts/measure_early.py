"""Measure what P(TDE) is worth while an event goes on, by models of whole light curves and of unfinished ones."""

from typing import Any

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from tde.evaluation.growth import decided_words, growth_table, mean_of, state_rows
from tde.evaluation.growth_strata import growth_by_stratum, peak_magnitude, strata_of, stratum_scores
from tde.pages.sheet import write_table
from tde.plots.growth_curves import plot_growth
from tde.predict.fitted_peaks import fitted_peaks
from tde.runlog import run_log
from tde.tables import read_parquet, write_parquet, write_text
from tde.trigger import trigger_mjd
from tde.views.judges import Judges, read_curves, read_judges
from tde.views.states import STATES, Moments


def main(
    *,
    asked: dict[str, Any],
    curves: list[str],
    folds: str,
    cross_validations: dict[str, tuple[str, str, str]],
    kind: str,
    table: str,
    data: str,
    by_stratum: str,
    text: str,
    page: str,
    figure: str,
    probabilities: str,
) -> None:
    known = read_curves(**asked)
    training, lightcurves = known.training, known.lightcurves
    moments = Moments(trigger_mjd(lightcurves), fitted_peaks(curves, lightcurves.object_id))
    everyone = np.arange(len(lightcurves))
    strata = strata_of(training.positive, {"z": lightcurves.z, "m": peak_magnitude(lightcurves)})
    judges: dict[str, list[Judges]] = {}
    for name, written in cross_validations.items():
        of, _, repeat = name.partition("_")
        judges.setdefault(of, []).append(read_judges(read_parquet(folds), training, of, int(repeat), *written))
    rows, of_strata, kept, called = [], [], [], {}
    for state in tqdm(STATES, desc="states", unit="state"):
        cut = state.cut(lightcurves, moments)
        of_state = {"light curves": state.words, "median_points": float(np.median(np.diff(cut.offsets)))}
        question = known.asked(cut, everyone)
        for of, of_kind in judges.items():
            says = [each.said(question) for each in of_kind]
            above = [p["both"] > each.thresholds(question) for p, each in zip(says, of_kind, strict=True)]
            rows += state_rows({"folds": of, **of_state}, says, above, training)
            for number, p in enumerate(says):
                about = {"object_id": training.object_id, "light_curves": [state.words] * len(everyone)}
                which = {"folds": [of] * len(everyone), "repeat": np.full(len(everyone), number, np.int16)}
                kept.append(pa.table(about | which | p))
            if of == kind:
                in_strata = [stratum_scores(strata, training.positive, p["both"], training.parents) for p in says]
                of_strata.append({"light curves": state.words, **mean_of(in_strata)})
                if state.counted == "trigger":
                    called[state.days] = np.concatenate([each[training.positive] for each in above])
        print(rows[-1])
    write_parquet(probabilities, pa.concat_tables(kept))
    plot_growth([row for row in rows if row["folds"] == kind], STATES, figure)
    rows.sort(key=lambda row: row["folds"] != kind)  # stable: states stay in their order
    n_repeats = {of: len(of_kind) for of, of_kind in judges.items()}
    growth = growth_table(rows, float(training.positive.mean()), n_repeats, decided_words(called))
    write_table(growth, csv=table, data=data, page=page)
    near_and_far = growth_by_stratum(of_strata, strata, training.positive)
    near_and_far.write_csv(by_stratum)
    write_text(text, growth.markdown(1) + "\n" + near_and_far.markdown(2))


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        of_each = (snakemake.input.fits, snakemake.input.handover, snakemake.input.held_out)
        main(
            asked={
                "shards": list(snakemake.input.shards),
                "objects": snakemake.input.objects,
                "training_objects": snakemake.input.training,
                "compiled": snakemake.input.compiled,
                "threads": snakemake.threads,
                **snakemake.params.asked,
            },
            curves=list(snakemake.input.curves),
            folds=snakemake.input.folds,
            cross_validations=dict(zip(snakemake.params.repeats, zip(*of_each, strict=True), strict=True)),
            kind=snakemake.params.kind,
            table=snakemake.output.table,
            data=snakemake.output.data,
            by_stratum=snakemake.output.by_stratum,
            text=snakemake.output.text,
            page=snakemake.output.page,
            figure=snakemake.output.figure,
            probabilities=snakemake.output.probabilities,
        )
