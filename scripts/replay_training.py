"""Replay the training set night by night, every object judged by models that have not learnt from it."""

from typing import Any

import numpy as np
import pyarrow as pa

from tde.evaluation.folds import read_folds
from tde.evaluation.objects import read_training_objects
from tde.lightcurves import read_shards
from tde.nights.early_spectra import Alerted, early_rows, early_table
from tde.nights.first_cut import first_cut, nothing_else
from tde.nights.replayed_nights import all_alerts
from tde.predict.perturbations import population_redshifts
from tde.predict.prefixes import shortened
from tde.predict.training_summary import population
from tde.runlog import run_log
from tde.sources.visits import NIGHT_BEGINS
from tde.tables import read_parquet, write_parquet, write_text
from tde.trigger import trigger_mjd
from tde.views.judges import read_judges
from tde.views.states import progress
from tde.workflow.configuration.nights_settings import FirstCut
from tde.workflow.configuration.problems import read_block


def main(
    *,
    fold_fits: str,
    handover: str,
    held_out: str,
    families: dict[str, dict[str, Any]],
    kind: str,
    n_redshifts: int,
    cut: dict[str, Any],
    shards: list[str],
    objects: str,
    training_objects: str,
    folds: str,
    compiled: str,
    threads: int,
    table: str,
    text: str,
    said: str,
) -> None:
    training = read_training_objects(training_objects)
    lightcurves = read_shards(shards, read_parquet(objects))
    fold = read_folds(read_parquet(folds), training.object_id, kind)[0]
    judges = read_judges(fold_fits, handover, held_out, families, compiled, threads)
    redshifts = population_redshifts(population(lightcurves, training.codes)["z"], n_redshifts)
    alerts = all_alerts(lightcurves)
    curves = shortened(alerts.lightcurves, alerts.prefixes)
    limits = read_block(FirstCut, cut, "nights.first_cut")
    passed = first_cut(curves, nothing_else(len(curves)), alerts.end, limits).kept
    known, owner, night = curves.select(np.flatnonzero(passed)), alerts.prefixes.owner[passed], alerts.night[passed]
    says = judges.said(known, fold[owner], redshifts)
    threshold = judges.thresholds(progress(known)[:, 0], fold[owner])
    columns = {"object_id": pa.array(known.object_id, pa.string()), "night": night, **says, "threshold": threshold}
    write_parquet(said, pa.table(columns))
    alerted = Alerted(owner, night, says["both"], says["both"] > threshold)
    trigger = np.floor(trigger_mjd(lightcurves) - NIGHT_BEGINS)
    rows = early_rows(alerted, training.object_id, training.positive, trigger)
    counts = {
        "objects": len(np.unique(alerts.prefixes.owner)),
        "TDEs": int(np.sum(training.positive[np.unique(alerts.prefixes.owner)])),
        "alerts": len(alerts.night),
        "nights": len(np.unique(alerts.night)),
        "classified": len(night),
        "TDEs_classified": int(np.sum(training.positive[np.unique(owner)])),
    }
    found = early_table(rows, counts, kind)
    found.write_csv(table)
    write_text(text, found.markdown(2))
    print(text, counts, *rows, sep="\n")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            fold_fits=snakemake.input.fold_fits,
            handover=snakemake.input.handover,
            held_out=snakemake.input.held_out,
            families=snakemake.params.families,
            kind=snakemake.params.kind,
            n_redshifts=snakemake.params.n_redshifts,
            cut=snakemake.params.cut,
            shards=list(snakemake.input.shards),
            objects=snakemake.input.objects,
            training_objects=snakemake.input.training,
            folds=snakemake.input.folds,
            compiled=snakemake.input.compiled,
            threads=snakemake.threads,
            table=snakemake.output.table,
            text=snakemake.output.text,
            said=snakemake.output.said,
        )
