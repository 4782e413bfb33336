"""Names and helper functions that the rules share; the only place for functions."""

import functools
import os
import re
import sys

import yaml
from snakemake.utils import validate

SCRIPTS = Path(workflow.basedir) / "scripts"
sys.path.insert(0, str(SCRIPTS))

from tde.workflow.clock import date_back
from tde.workflow.configuration import reference_errors, schema_errors, typed
from tde.errors import InputError
from tde.evaluation.feature_recovery import QUANTITIES
from tde.features.registry import CURVE_FAMILIES, FOLD_FAMILIES, curves_read
from tde.imports import library_files
from tde.predict.input_files import files_of
from tde.workflow.run_summary import run_summary
from tde.ingest.sharding import (
    BYTES_PER_ROW,
    ROWS_PER_OBJECT,
    count_shards,
    shard_names,
    split_of,
)

SETS = ["train", "test"]
SCORED_SETS = [
    "train",
    "photoz",
]  # held-out objects are scored with exact and with scattered redshifts
FOLD_KINDS = ["random", "parent"]


def check_config():
    """Stop before any job when config.yaml is wrong: key, got, allowed."""
    schema = Path(workflow.basedir) / "rules/schemas/config.schema.yaml"
    content = yaml.safe_load(schema.read_text())
    config.update(typed(config, content))
    errors = schema_errors(config, content)
    if not errors:
        validate(config, str(schema))
        errors = reference_errors(config)
    if errors:
        raise WorkflowError("config.yaml is not usable:\n  " + "\n  ".join(errors))


def dataset_name():
    """Name of the data set in paths; a directory gives its own name."""
    if config["dataset"] in ("simulated", "mallorn"):
        return config["dataset"]
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(config["dataset"]).resolve().name)
    name = name or "root"
    return f"{name}_dir" if name in ("simulated", "mallorn", "compiled") else name


def given_directory():
    """The directory the user's files lie in, or None if the workflow makes or fetches them."""
    if config["dataset"] == "simulated":
        return None
    if config["dataset"] == "mallorn":
        given = config["mallorn_dir"] or os.environ.get("MALLORN_DATA")
        key = "mallorn_dir" if config["mallorn_dir"] else "MALLORN_DATA"
    else:
        given, key = config["dataset"], "dataset"
    if not given:
        return None
    directory = Path(given).expanduser()
    if not given.isprintable() or set(given) & set("{}<>*?"):
        raise WorkflowError(
            f"{key}: got {given!r}; allowed: a path of printable characters without {{ }} < > * ?"
        )
    if given.startswith(("=", "+", "-", "@")):
        directory = directory.absolute()  # no cell of a table is to look like a formula
    if not (directory / "train_log.csv").is_file():
        raise WorkflowError(
            f"{key}: got {given!r}; allowed: a directory with train_log.csv, test_log.csv and split_01 ..."
        )
    return directory


def list_splits():
    """The split folders of the data set, and about how many rows each holds."""
    directory = given_directory()
    if directory is None:
        simulated = config["dataset"] == "simulated"
        n_splits = config["simulated"]["n_splits"] if simulated else 20
        n_objects = config["simulated"]["n_objects"] if simulated else 10178
        rows = n_objects * ROWS_PER_OBJECT / n_splits
        return {f"split_{i:02d}": rows for i in range(1, n_splits + 1)}
    splits = sorted(
        p.name
        for p in directory.iterdir()
        if re.fullmatch(r"split_\d\d", p.name) and p.is_dir()
    )
    if not splits:
        raise WorkflowError(f"{directory}: no folder split_01 ... with light curves")
    return {
        split: sum(f.stat().st_size for f in (directory / split).glob("*.csv"))
        / BYTES_PER_ROW
        for split in splits
    }


def raw(name):
    """Path of a file of the raw data set."""
    directory = given_directory()
    if directory is None:
        return f"<results>/raw/{name}"
    return local(str(directory / name))


def raw_light_curves(wildcards):
    """Input function: the raw file that the rows of a shard are in."""
    split = split_of(wildcards.split)
    return raw(f"{split}/{wildcards.set}_full_lightcurves.csv")


def growing(amount):
    """Memory or time of a job: a job that was killed for it asks for as much more as it was tried."""

    def resource(wildcards, attempt):
        return amount * attempt

    return resource


@functools.cache
def library(*roots):
    """Library files that some scripts or modules import: as inputs, their edits cause reruns."""
    # Relative paths where possible: a repository that is moved or copied keeps its results.
    here = Path.cwd()
    files = (Path(file) for file in library_files(SCRIPTS, roots))
    return local_files(
        file.relative_to(here) if file.is_relative_to(here) else file for file in files
    )


def local_files(paths):
    """Files of the repository or the user as inputs: they stay where they are when results go to another storage."""
    return [local(str(path)) for path in paths]


def family_library(script):
    """Input function: library files of a script and of one feature family."""

    def files(wildcards):
        return library(script, f"tde.features.{wildcards.family}")

    return files


def needed_curves(wildcards):
    """Input function: the curves that a feature family is computed from."""
    return expand(
        "<results>/curves/{curves}/{set}/{split}.parquet",
        curves=curves_read(wildcards.family),
        set=SETS,
        split=wildcards.split,
    )


def needed_photoz_curves(wildcards):
    """Input function: the same for the training objects with scattered redshifts."""
    return expand(
        "<results>/curves/{curves}/photoz/{split}.parquet",
        curves=curves_read(wildcards.family),
        split=SPLITS,
    )


def needed_compiled(wildcards):
    """Input function: compiled code of the families whose curves a family reads."""
    families = [
        name for name in curves_read(wildcards.family) if name != wildcards.family
    ]
    return expand("results/compiled/{family}", family=families)


def compiled_fits():
    """The compiled fits, for figures; without the family they compile their own."""
    return ["results/compiled/gp_drw"] if "gp_drw" in config["features"] else []


def model_library(script):
    """Input function: library files of a script and of one model's estimator."""

    def files(wildcards):
        estimator = config["models"][wildcards.model]["estimator"]
        return library(script, f"tde.models.{estimator}_model")

    return files


def model_block(wildcards):
    """What a model's fits read of its block: not the search for its parameters, nor what others report."""
    block = config["models"][wildcards.model]
    return {key: block[key] for key in block if key not in ("tuning", "reported")}


def model_weights(wildcards):
    """Input function: weights of the training objects, for models that ask for them."""
    asks = config["models"][wildcards.model].get("adversarial_weights", False)
    return ["<results>/models/{model}/weights.parquet"] if asks else []


def model_tuning(wildcards):
    """Input function: tuned parameters, for models that ask for them."""
    asks = "tuning" in config["models"][wildcards.model]
    return ["<results>/models/{model}/tuned.json"] if asks else []


def model_families(wildcards):
    """Families a model reads that are the same in every fold."""
    return [
        f
        for f in config["models"][wildcards.model]["features"]
        if f not in FOLD_FAMILIES
    ]


def model_fold_families(wildcards):
    """Families a model reads that are fitted inside each fold."""
    return [
        f for f in config["models"][wildcards.model]["features"] if f in FOLD_FAMILIES
    ]


def model_features(feature_set):
    """Input function: the tables of `model_families`."""

    def tables(wildcards):
        return expand(
            "<results>/features/{family}/{set}.parquet",
            family=model_families(wildcards),
            set=feature_set,
        )

    return tables


def model_fold_features(feature_set):
    """Input function: the tables of `model_fold_families`, family by family, fold by fold."""

    def tables(wildcards):
        return expand(
            "<results>/features/{family}/folds/{kind}_{repeat}_{fold}_{set}.parquet",
            family=model_fold_families(wildcards),
            kind=wildcards.kind,
            repeat=wildcards.repeat,
            fold=range(config["folds"]["n_splits"]),
            set=feature_set,
        )

    return tables


def model_final_features(feature_set):
    """Input function: the tables of all families a model reads, learnt from all training objects."""

    def tables(wildcards):
        return expand(
            "<results>/features/{family}/{set}.parquet",
            family=config["models"][wildcards.model]["features"],
            set=feature_set,
        )

    return tables


def blend_members(file):
    """Input function: a file of each model of a blend."""

    def files(wildcards):
        return expand(
            f"<results>/models/{{model}}/{file}",
            model=config["blends"][wildcards.blend]["models"],
        )

    return files


def compared(names):
    """Those of some models or blends that the leaderboard shows."""
    only = config["leaderboard"]["only"]
    return [name for name in names if not only or name in (*only, SUBMITTED)]


def leaderboard_files(file):
    """A file of every blend and model that is compared, in the order of config.yaml."""
    return [
        *expand(f"<results>/blends/{{blend}}/{file}", blend=compared(config["blends"])),
        *expand(f"<results>/models/{{model}}/{file}", model=compared(config["models"])),
    ]


def reported_figures():
    """What others report, of the models that are compared."""
    blocks = {name: config["models"][name] for name in compared(config["models"])}
    return {
        name: block["reported"]
        for name, block in blocks.items()
        if block.get("reported")
    }


def ablated_block():
    """The block of the model that is ablated, as its fits read it."""
    block = config["models"][config["ablation"]["model"]]
    return {key: block[key] for key in block if key not in ("tuning", "reported")}


def ablated_families():
    """Families of the model that is ablated."""
    return ablated_block()["features"]


def ablation_library():
    """Library files of an ablation."""
    estimator = ablated_block()["estimator"]
    return library("ablate_family", f"tde.models.{estimator}_model")


def ablation_features():
    """Tables of the families that are the same in every fold."""
    families = [name for name in ablated_families() if name not in FOLD_FAMILIES]
    return expand("<results>/features/{family}/train.parquet", family=families)


def ablation_fold_keys():
    """Family, kind, repeat and fold of each table that is fitted inside a fold."""
    return [
        (family, kind, repeat, fold)
        for family in ablated_families()
        if family in FOLD_FAMILIES
        for kind in FOLD_KINDS
        for repeat in range(config["ablation"]["n_repeats"])
        for fold in range(config["folds"]["n_splits"])
    ]


def ablation_fold_features():
    """The tables of `ablation_fold_keys`."""
    return [
        f"<results>/features/{family}/folds/{kind}_{repeat}_{fold}_train.parquet"
        for family, kind, repeat, fold in ablation_fold_keys()
    ]


def blend_families():
    """Families that the blend's models need, those whose curves they read included."""
    wanted = {
        family
        for model in config["blends"][SUBMITTED]["models"]
        for family in config["models"][model]["features"]
    }
    wanted |= {curves for family in wanted for curves in curves_read(family)}
    return [family for family in config["features"] if family in wanted]


def learning_families():
    """Those of `blend_families` that learn from training objects."""
    return [family for family in blend_families() if family in FOLD_FAMILIES]


def blend_library(script):
    """Library files of a script that uses all families and estimators of the blend."""
    estimators = {
        config["models"][model]["estimator"]
        for model in config["blends"][SUBMITTED]["models"]
    }
    return library(
        script,
        *(f"tde.features.{family}" for family in blend_families()),
        *(f"tde.models.{estimator}_model" for estimator in sorted(estimators)),
    )


def bundle_folder():
    """The bundle that new light curves are classified with."""
    return config["predict"]["bundle"] or "<results>/bundle"


def new_lightcurves(wildcards):
    """Input function: the user's files of light curves."""
    given = config["predict"]["lightcurves"]
    try:
        return local_files(files_of(given, "predict.lightcurves"))
    except InputError as error:
        raise WorkflowError(str(error)) from None


def new_objects(wildcards):
    """Input function: the user's table of objects, if there is one."""
    given = config["predict"]["objects"]
    try:
        return local_files(files_of(given, "predict.objects")) if given else []
    except InputError as error:
        raise WorkflowError(str(error)) from None


def reading_settings():
    """The keys of `predict` that decide how light curves are read, and into what chunks."""
    other = ("bundle", "name", "n_redshifts", "n_resamples", "resample_above")
    return {key: value for key, value in config["predict"].items() if key not in other}


def chunk_predictions(wildcards):
    """Input function: the predictions of all chunks, once it is known how many there are."""
    chunks = checkpoints.read_lightcurves.get().output.chunks
    names = sorted(path.stem for path in Path(chunks).glob("chunk_*.parquet"))
    return [f"{PREDICT}/parts/{name}.parquet" for name in names]


def peak_curves():
    """Curves of the test set that tell whether a decline was seen."""
    return (
        expand("<results>/curves/gp2d/test/{split}.parquet", split=SPLITS)
        if "gp2d" in blend_families()
        else []
    )


def candidate_inputs(wildcards):
    """Input function: objects, light curves and bundle behind a table of predictions."""
    if wildcards.place == "candidates":
        return {
            "bundle": "<results>/bundle",
            "objects": "<results>/objects/test.parquet",
            "shards": expand("<results>/shards/test/{split}.parquet", split=SPLITS),
        }
    chunks = checkpoints.read_lightcurves.get().output.chunks
    return {
        "bundle": bundle_folder(),
        "objects": f"{chunks}/objects.parquet",
        "shards": sorted(map(str, Path(chunks).glob("chunk_*.parquet"))),
    }


def template_files():
    """Templates of the page of candidates: as inputs, their edits cause reruns."""
    folder = SCRIPTS / "tde/candidates/templates"
    return local_files(os.path.relpath(path) for path in sorted(folder.iterdir()))


def real_directory():
    """The real MALLORN files, if they are at hand, to compare the simulation with."""
    return config["mallorn_dir"] or os.environ.get("MALLORN_DATA", "")


def recovered_families():
    """Families in use that measure something the simulation knows."""
    measured = {quantity.family for quantity in QUANTITIES}
    return [name for name in FAMILIES if name in measured]


def figures():
    """Figures and tables of the report, but for the benchmark summary."""
    names = [
        "classes.png",
        "light_curves.png",
        "scores.png",
        "precision_recall.png",
        "calibration.png",
        "strata.html",
        "types.html",
        "mistakes.png",
        "metrics.html",
        "missing.html",
        "features.html",
        *(f"fits_{name}.png" for name in CURVE_FAMILIES if name in FAMILIES),
    ]
    if config["report"]["ablation"]:
        names.append("ablation.html")
    if config["dataset"] == "simulated":
        names += ["truth.html", "recovery.png", "simulation.png"]
        names += ["feature_recovery.png"] if recovered_families() else []
    return [f"<results>/report/{name}" for name in names]


def report_files():
    """Everything in the report, and the page that holds it all."""
    pages = ("benchmarks", "versions", "report")
    return [*figures(), *(f"<results>/report/{name}.html" for name in pages)]


def summary():
    """What to look at after a run: where the results lie and what to do next."""
    results = Path("results") / DATASET
    if not (results / "submission.csv").is_file():
        return f"Done. Results so far: {results}/"
    return "\n".join(run_summary(results, SUBMITTED))


check_config()
DATASET = dataset_name()
N_SHARDS = {
    split: count_shards(rows, config["shards"]["rows"])
    for split, rows in list_splits().items()
}
SPLITS = [
    name for split, number in N_SHARDS.items() for name in shard_names(split, number)
]
SUBMITTED = config["submission"]["blend"]
REPORTED_BLENDS = config["report"]["blends"]
REPORTED_MODELS = list(
    dict.fromkeys(m for b in REPORTED_BLENDS for m in config["blends"][b]["models"])
)
# Families that only the other models of the leaderboard read are left to it.
FAMILIES = [
    name
    for name in config["features"]
    if any(name in config["models"][model]["features"] for model in REPORTED_MODELS)
    or not any(name in block["features"] for block in config["models"].values())
]
PLAIN_FAMILIES = [
    name
    for name in config["features"]
    if name not in CURVE_FAMILIES and name not in FOLD_FAMILIES
]
if workflow.is_main_process:
    date_back("results")


wildcard_constraints:
    set="|".join([*SETS, "photoz"]),
    split=r"split_\d\d(-\d+)?",
    family="|".join(config["features"]),
    model="|".join(config["models"]),
    blend="|".join(config["blends"]),
    kind="|".join(FOLD_KINDS),
    repeat=r"\d+",
    fold=r"\d+",
    chunk=r"chunk_\d+",
