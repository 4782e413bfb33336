"""Measure what the blend is worth on light curves with fewer bands, no decline, or no redshift."""

from typing import Any

import numpy as np
from tqdm import tqdm

from tde.compiled.cache import use_compiled
from tde.evaluation.folds import read_fold
from tde.evaluation.metrics import average_precision, f1_score, log_loss
from tde.evaluation.objects import read_training_objects
from tde.features.registry import learns
from tde.lightcurves import LightCurves, read_shards
from tde.models.block import parse_block
from tde.models.training import Learner, fit, mean_probability
from tde.predict.bundle import read_bundle
from tde.predict.matrix import feature_tables, matrix
from tde.predict.perturbations import population_redshifts, with_redshifts
from tde.predict.reduced import VARIANTS
from tde.report.html_tables import write_html_table
from tde.runlog import run_log
from tde.tables import read_parquet, write_atomically, write_rows

HEADER = (
    "light curves",
    "F1",
    "purity",
    "completeness",
    "average precision",
    "log-loss",
    "mean P(TDE)",
    "share of TDEs",
)
TITLE = "What less complete light curves cost"
NOTES = (
    "Cross-validation by parent, one repeat and one fit per model and fold: trained on whole light curves, applied to"
    " the left-out objects with less in them, at the threshold of the submission.",
    "A calibrated probability has a mean equal to the share of TDEs.",
)


def main(
    bundle: str,
    models: dict[str, dict[str, Any]],
    n_redshifts: int,
    shards: list[str],
    objects: str,
    training_objects: str,
    folds: str,
    compiled: str,
    table: str,
    text: str,
    page: str,
) -> None:
    use_compiled(compiled)
    loaded = read_bundle(bundle)
    training = read_training_objects(training_objects)
    lightcurves = read_shards(shards, read_parquet(objects))
    fold = read_fold(read_parquet(folds), training.object_id, "parent", 0)
    blocks = [parse_block(member.name, models[member.name]) for member in loaded.members]
    weights = np.array([member.weight for member in loaded.members])
    redshifts = population_redshifts(loaded.population["z"], n_redshifts)
    tables, curves = feature_tables(lightcurves, loaded.families)
    peak_mjd = next((fitted.parameters["peak_mjd"] for fitted in curves.values()), np.full(len(lightcurves), np.nan))
    # what families learnt from all training objects would be no news to those held out
    names = [[name for name in member.features if not learns(name.partition(".")[0])] for member in loaded.members]
    whole = [matrix(tables, of_member) for of_member in names]
    fits = [
        [
            fit(Learner(block, of_member), X[fold != k], training.codes[fold != k], training.parents[fold != k], k)
            for k in folds_of(fold)
        ]
        for block, of_member, X in tqdm(list(zip(blocks, names, whole, strict=True)), desc="models", unit="model")
    ]
    rows = []
    for words, reduce in tqdm(VARIANTS.items(), desc="kinds of light curves", unit="kind"):
        less = reduce(lightcurves, peak_mjd)
        matrices, n_groups = variant_matrices(less, redshifts, loaded.families, names)
        p = np.full(len(fold), np.nan)
        for k in folds_of(fold):
            held = np.flatnonzero(fold == k)
            several = (held + np.arange(n_groups)[:, None] * len(fold)).ravel()
            parts = [
                mean_probability([of_member[k]], X[several])[:, -1].reshape(n_groups, -1).mean(axis=0)
                for of_member, X in zip(fits, matrices, strict=True)
            ]
            p[held] = weights @ np.array(parts)
        rows.append({"light curves": words, **scores(training.positive, p, loaded.threshold)})
        print(rows[-1])
    write_rows(table, rows)
    cells = [[words, *(f"{value:.3f}" for value in numbers)] for words, *numbers in (row.values() for row in rows)]
    write_html_table(page, TITLE, HEADER, cells, NOTES)
    write_atomically(text, lambda name: name.write_text(markdown(cells), encoding="utf-8"))


def markdown(cells: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (HEADER, ["---"] * len(HEADER), *cells)]
    return "\n".join([f"# {TITLE}", "", *lines, "", "\n\n".join(NOTES)]) + "\n"


def folds_of(fold: np.ndarray) -> range:
    return range(int(fold.max()) + 1)


def variant_matrices(
    lightcurves: LightCurves, redshifts: np.ndarray, families: dict[str, dict[str, Any]], names: list[list[str]]
) -> tuple[list[np.ndarray], int]:
    """Features as each model wants them; several redshifts one after the other where there is none."""
    unknown = bool(np.isnan(lightcurves.z).all())
    if unknown:
        lightcurves = with_redshifts(lightcurves, redshifts)
    tables, _ = feature_tables(lightcurves, families)
    return [matrix(tables, of_member) for of_member in names], len(redshifts) if unknown else 1


def scores(positive: np.ndarray, p: np.ndarray, threshold: float) -> dict[str, float]:
    selected = p > threshold
    hits = int((selected & positive).sum())
    return {
        "f1": float(f1_score(positive, selected)[0]),
        "purity": hits / max(int(selected.sum()), 1),
        "completeness": hits / int(positive.sum()),
        "average_precision": float(average_precision(positive, p)[0]),
        "log_loss": float(log_loss(positive, p)[0]),
        "mean_p_TDE": float(p.mean()),
        "share_of_TDE": float(positive.mean()),
    }


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            snakemake.input.bundle,
            snakemake.params.models,
            snakemake.params.n_redshifts,
            list(snakemake.input.shards),
            snakemake.input.objects,
            snakemake.input.training,
            snakemake.input.folds,
            snakemake.input.compiled,
            snakemake.output.table,
            snakemake.output.text,
            snakemake.output.page,
        )
