"""Replay the training set night by night, every object judged by models that have not learnt from it."""

from typing import Any

import numpy as np
import pyarrow as pa

from tde.nights.early_spectra import Alerted, early_rows, early_table
from tde.nights.first_cut import first_cut, nothing_else
from tde.nights.replayed_nights import all_alerts
from tde.predict.prefixes import shortened
from tde.runlog import run_log
from tde.sources.visits import NIGHT_BEGINS
from tde.tables import read_parquet, write_parquet, write_text
from tde.trigger import trigger_mjd
from tde.views.judges import read_curves, read_judges
from tde.workflow.configuration.nights_settings import FirstCut
from tde.workflow.configuration.problems import read_block


def main(
    *,
    asked: dict[str, Any],
    folds: str,
    kind: str,
    fits: str,
    handover: str,
    held_out: str,
    cut: dict[str, Any],
    table: str,
    text: str,
    said: str,
) -> None:
    known = read_curves(**asked)
    training, lightcurves = known.training, known.lightcurves
    judges = read_judges(read_parquet(folds), training, kind, 0, fits, handover, held_out)
    alerts = all_alerts(lightcurves)
    curves = shortened(alerts.lightcurves, alerts.prefixes)
    limits = read_block(FirstCut, cut, "nights.first_cut")
    passed = first_cut(curves, nothing_else(len(curves)), alerts.end, limits).kept
    left, owner, night = curves.select(np.flatnonzero(passed)), alerts.prefixes.owner[passed], alerts.night[passed]
    question = known.asked(left, owner)
    says, threshold = judges.said(question), judges.thresholds(question)
    columns = {"object_id": pa.array(left.object_id, pa.string()), "night": night, **says, "threshold": threshold}
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
            asked={
                "shards": list(snakemake.input.shards),
                "objects": snakemake.input.objects,
                "training_objects": snakemake.input.training,
                "compiled": snakemake.input.compiled,
                "threads": snakemake.threads,
                **snakemake.params.asked,
            },
            folds=snakemake.input.folds,
            kind=snakemake.params.kind,
            fits=snakemake.input.fits,
            handover=snakemake.input.handover,
            held_out=snakemake.input.held_out,
            cut=snakemake.params.cut,
            table=snakemake.output.table,
            text=snakemake.output.text,
            said=snakemake.output.said,
        )
