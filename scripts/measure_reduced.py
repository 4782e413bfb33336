"""Measure what the blend is worth on light curves with fewer bands, no decline, or no redshift."""

from typing import Any

import numpy as np
from tqdm import tqdm

from tde.compiled.cache import use_compiled
from tde.evaluation.folds import read_folds
from tde.evaluation.objects import read_training_objects
from tde.evaluation.reduced_scores import reduced_scores, reduced_table
from tde.features.registry import learns
from tde.lightcurves import LightCurves, read_shards
from tde.models.block import parse_block
from tde.models.training import Learner, fit, mean_probability
from tde.pages.sheet import write_table
from tde.predict.bundle import read_bundle
from tde.predict.matrix import feature_tables, matrix
from tde.predict.perturbations import population_redshifts, with_redshifts
from tde.predict.reduced import VARIANTS
from tde.runlog import run_log
from tde.tables import read_parquet, write_text


def main(
    *,
    bundle: str,
    models: dict[str, dict[str, Any]],
    n_redshifts: int,
    shards: list[str],
    objects: str,
    training_objects: str,
    folds: str,
    compiled: str,
    table: str,
    data: str,
    text: str,
    page: str,
) -> None:
    use_compiled(compiled)
    loaded = read_bundle(bundle)
    training = read_training_objects(training_objects)
    lightcurves = read_shards(shards, read_parquet(objects))
    fold = read_folds(read_parquet(folds), training.object_id, "parent")[0]
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
        rows.append({"light curves": words, **reduced_scores(training.positive, p, loaded.threshold)})
        print(rows[-1])
    reduced = reduced_table(rows)
    write_table(reduced, csv=table, data=data, page=page)
    write_text(text, reduced.markdown(1))


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


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            bundle=snakemake.input.bundle,
            models=snakemake.params.models,
            n_redshifts=snakemake.params.n_redshifts,
            shards=list(snakemake.input.shards),
            objects=snakemake.input.objects,
            training_objects=snakemake.input.training,
            folds=snakemake.input.folds,
            compiled=snakemake.input.compiled,
            table=snakemake.output.table,
            data=snakemake.output.data,
            text=snakemake.output.text,
            page=snakemake.output.page,
        )
