"""Cross-validate one model without one family of features, or on that family alone."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tde.evaluation.folds import KINDS, read_folds
from tde.evaluation.metrics import score_all
from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import P_TDE, oof_table
from tde.models.block import parse_block
from tde.models.cross_validation import FoldFeatures, Matrices, cross_validate
from tde.models.features import family_tables
from tde.models.training import Learner
from tde.runlog import run_log
from tde.tables import write_json


def families_left(how: str, family: str, families: list[str]) -> list[str]:
    """Families of the model that take part."""
    return {"full": families, "only": [family], "without": [name for name in families if name != family]}[how]


def main(
    *,
    tables: dict[str, Path | str],
    fold_tables: dict[str, dict[str, list[str]]],
    training_objects: str,
    folds: str,
    model: dict[str, Any],
    name: str,
    how: str,
    family: str,
    n_repeats: int,
    n_resamples: int,
    threads: int,
    output: str,
) -> None:
    training = read_training_objects(training_objects)
    block = parse_block(name, {**model, "features": families_left(how, family, list(model["features"]))})
    table = pq.read_table(folds)
    features = FoldFeatures(block, tables, fold_tables, training.object_id)
    parts = []
    for kind in KINDS:
        of_kind = read_folds(table, training.object_id, kind)[:n_repeats]
        groups = training.parents if kind == "parent" else None
        (probability,) = cross_validate(
            Learner(block), Matrices([features], kind), training.codes, of_kind, groups, training.weight, threads
        )
        for repeat, fold in enumerate(of_kind):
            parts.append(oof_table(training.object_id, kind, repeat, fold, {P_TDE: probability[repeat, :, -1]}))
    metrics = score_all(pa.concat_tables(parts), training, n_resamples)
    write_json(output, {"how": how, "family": family, "metrics": metrics})
    print(f"{how} {family}: AP {metrics['random']['mean']['average_precision']:.3f} (random)")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            tables=dict(family_tables(list(snakemake.params.families), list(snakemake.input.features))),
            fold_tables={
                kind: {family: snakemake.input[f"{kind}_train_{family}"] for family in snakemake.params.fold_families}
                for kind in KINDS
            },
            training_objects=snakemake.input.training,
            folds=snakemake.input.folds,
            model=snakemake.params.model,
            name=snakemake.params.name,
            how=snakemake.wildcards.how,
            family=snakemake.wildcards.family,
            n_repeats=snakemake.params.n_repeats,
            n_resamples=snakemake.params.n_resamples,
            threads=snakemake.threads,
            output=snakemake.output.metrics,
        )
