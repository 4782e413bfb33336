"""Measure what P(TDE) is worth while an event goes on, by models of whole light curves and of unfinished ones."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from tde.errors import InputError
from tde.evaluation.folds import read_folds
from tde.evaluation.growth import growth_scores, growth_table
from tde.evaluation.handover import Handover, fit_handover
from tde.evaluation.objects import read_training_objects
from tde.features.registry import learns
from tde.lightcurves import LightCurves, read_shards
from tde.models.block import parse_block
from tde.models.features import choose_columns
from tde.models.training import Learner
from tde.pages.sheet import write_table
from tde.plots.growth_curves import plot_growth
from tde.predict.bundle import Bundle, read_bundle
from tde.predict.perturbations import population_redshifts, with_redshifts
from tde.runlog import run_log
from tde.tables import read_parquet, write_parquet, write_text
from tde.trigger import trigger_mjd
from tde.views.draw import draw_views
from tde.views.learners import FoldModels, Lesson, features_in_parts, fit_folds
from tde.views.states import STATES, Moments, progress


class Kinds(NamedTuple):
    """P(TDE) by models of whole light curves and by models of views, each of shape (n,); how far the curves are."""

    whole: np.ndarray
    views: np.ndarray
    progress: np.ndarray


def main(
    *,
    bundle: str,
    models: dict[str, dict[str, Any]],
    early_models: dict[str, dict[str, Any]],
    views: dict[str, Any],
    kind: str,
    n_redshifts: int,
    shards: list[str],
    objects: str,
    training_objects: str,
    folds: str,
    compiled: str,
    threads: int,
    table: str,
    data: str,
    text: str,
    page: str,
    figure: str,
    probabilities: str,
) -> None:
    if not early_models:
        raise InputError("early.blend: got ''; allowed: the name of a blend whose models learn from views")
    loaded = read_bundle(bundle)
    training = read_training_objects(training_objects)
    lightcurves = read_shards(shards, read_parquet(objects))
    fold = read_folds(read_parquet(folds), training.object_id, kind)[0]
    how = (loaded.families, compiled, threads)
    whole, peak_mjd = features_in_parts(lightcurves, *how)
    drawn = draw_views(lightcurves, views)
    cut = features_in_parts(drawn.lightcurves, *how).tables
    print(f"{len(drawn.owner)} views of {len(lightcurves)} objects")
    owner = drawn.owner
    lessons = (
        Lesson(whole, training.codes, training.parents, fold, np.ones(len(fold))),
        Lesson(cut, training.codes[owner], training.parents[owner], fold[owner], drawn.weight),
    )
    both = tuple(
        fit_folds(*of_kind, lesson, int(fold.max()) + 1, threads)
        for of_kind, lesson in zip((_of_bundle(loaded, models), _of_views(early_models, whole)), lessons, strict=True)
    )
    said = Kinds(both[0].p_tde(cut, fold[owner]), both[1].p_tde(cut, fold[owner]), progress(drawn.lightcurves))
    gates = [_gate(said, training.positive[owner], drawn.weight, fold[owner] != k) for k in range(len(both[0].fits))]
    moments = Moments(trigger_mjd(lightcurves), peak_mjd)
    redshifts = population_redshifts(loaded.population["z"], n_redshifts)
    rows, kept = [], []
    for state in tqdm(STATES, desc="states", unit="state"):
        curves = state.cut(lightcurves, moments)
        found = _said(both, curves, fold, redshifts, how)
        by = {"whole": found.whole, "views": found.views, "both": _mixed(gates, found, fold)}
        kept.append(pa.table({"object_id": training.object_id, "light_curves": [state.words] * len(fold), **by}))
        of_state = {"light curves": state.words, "median_points": float(np.median(np.diff(curves.offsets)))}
        for learnt, p in by.items():
            rows.append({**of_state, "learnt from": learnt, **growth_scores(training.positive, p, training.parents)})
        print(rows[-1])
    write_parquet(probabilities, pa.concat_tables(kept))
    plot_growth(rows, STATES, figure)
    growth = growth_table(rows, float(training.positive.mean()), kind)
    write_table(growth, csv=table, data=data, page=page)
    write_text(text, growth.markdown(1))


def _of_bundle(bundle: Bundle, models: dict[str, dict[str, Any]]) -> tuple[list[Learner], np.ndarray]:
    """The submitted models, without what families learnt from all training objects: it would be no news to any fold."""
    learners = []
    for member in bundle.members:
        names = [name for name in member.features if not learns(name.partition(".")[0])]
        learners.append(Learner(parse_block(member.name, models[member.name]), names))
    return learners, np.array([member.weight for member in bundle.members])


def _of_views(models: dict[str, dict[str, Any]], tables: Mapping[str, pa.Table]) -> tuple[list[Learner], np.ndarray]:
    """The models that learn from views, each with the same weight."""
    schemas = {family: table.schema for family, table in tables.items()}
    learners = []
    for name, settings in models.items():
        block = parse_block(name, settings)
        chosen = choose_columns(schemas, block.features, block.include, block.exclude, block.labels)
        learners.append(Learner(block, [f"{family}.{column}" for family in chosen for column in chosen[family]]))
    return learners, np.full(len(learners), 1.0 / len(learners))


def _gate(said: Kinds, positive: np.ndarray, weight: np.ndarray, rows: np.ndarray) -> Handover:
    return fit_handover(said.progress[rows], said.whole[rows], said.views[rows], positive[rows], weight[rows])


def _said(
    both: tuple[FoldModels, ...],
    lightcurves: LightCurves,
    fold: np.ndarray,
    redshifts: np.ndarray,
    how: tuple[dict[str, dict[str, Any]], str, int],
) -> Kinds:
    """What the models say; the mean over several redshifts where there is none."""
    n_groups = len(redshifts) if np.isnan(lightcurves.z).all() else 1
    several = with_redshifts(lightcurves, redshifts) if n_groups > 1 else lightcurves
    tables = features_in_parts(several, *how).tables
    whole, views = (models.p_tde(tables, fold, n_groups) for models in both)
    return Kinds(whole, views, progress(lightcurves))


def _mixed(gates: list[Handover], said: Kinds, fold: np.ndarray) -> np.ndarray:
    """The two kinds put together, by the share learnt in the other folds."""
    p = np.full(len(fold), np.nan)
    for k, gate in enumerate(gates):
        held = fold == k
        p[held] = gate.mixed(said.progress[held], said.whole[held], said.views[held])
    return p


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            bundle=snakemake.input.bundle,
            models=snakemake.params.models,
            early_models=snakemake.params.early_models,
            views=snakemake.params.views,
            kind=snakemake.params.kind,
            n_redshifts=snakemake.params.n_redshifts,
            shards=list(snakemake.input.shards),
            objects=snakemake.input.objects,
            training_objects=snakemake.input.training,
            folds=snakemake.input.folds,
            compiled=snakemake.input.compiled,
            threads=snakemake.threads,
            table=snakemake.output.table,
            data=snakemake.output.data,
            text=snakemake.output.text,
            page=snakemake.output.page,
            figure=snakemake.output.figure,
            probabilities=snakemake.output.probabilities,
        )
