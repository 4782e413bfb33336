"""Input functions of the rules: which files a job reads."""

import functools


def raw(name):
    """Path of a file of the raw data set; a complaint for a job that asks for one of a collection, which has none."""
    if COLLECTION:
        return lambda wildcards: stop(f"{DATASET}: a collection has no {name}")
    if DATA.directory is None:
        return f"<results>/raw/{name}"
    return local(str(DATA.directory / name))


def stop(words):
    """End the run with some words."""
    raise WorkflowError(words)


def growing(amount):
    """Memory or time of a job; one that was killed for it asks for twice as much, then three times."""
    return lambda wildcards, attempt: amount * attempt


def setting(place):
    """Parameter function: what is at a place of the configuration, as in "models/{model}"."""
    # Snakemake's own lookup() walks through the whole configuration: a seventh of the time of a plan.
    keys = place.split("/")
    return lambda wildcards: functools.reduce(
        lambda block, key: block[key.format(**wildcards)], keys, config
    )


def local_files(paths):
    """Files of the repository or the user as inputs: they stay where they are when results go to another storage."""
    return [local(str(path)) for path in paths]


def repository_files(folder):
    """Files of a folder of the repository: as inputs, their edits cause reruns."""
    paths = sorted(Path(workflow.basedir, folder).iterdir())
    return local_files(os.path.relpath(path) for path in paths)


@functools.cache
def library(*roots):
    """Library files that some scripts or modules import: as inputs, their edits cause reruns."""
    # Relative paths where possible: a repository that is moved or copied keeps its results.
    here = f"{Path.cwd()}/"
    return local_files(
        file.removeprefix(here) for file in library_files(SCRIPTS, roots)
    )


def family_library(script):
    """Input function: library files of a script and of one feature family."""
    return lambda wildcards: library(script, *family_modules([wildcards.family]))


def model_library(script):
    """Input function: library files of a script and of one model's estimator."""
    return lambda wildcards: library(script, PLAN.estimator_module(wildcards.model))


def reader_library(script):
    """Library files of a script and of the readers of all formats."""
    return library(script, *(f"tde.sources.readers.{name}" for name in READERS))


def raw_light_curves(wildcards):
    """Input function: the raw files that the observations of a shard are in."""
    return [
        raw(f"{split_of(wildcards.shard)}/{name}_full_lightcurves.csv") for name in SETS
    ]


def shard_files(set_name, batch=None):
    """The shards of a batch, or of all, of one set: photoz are the light curves of train."""
    return expand(
        "<results>/shards/{set}/{shard}.parquet",
        set="train" if set_name == "photoz" else set_name,
        shard=DATA.batches[batch] if batch else SHARDS,
    )


def shards_by_set(wildcards):
    """Input function: the shards of a batch, by set."""
    return {
        f"{name}_shards": shard_files(name, wildcards.batch) for name in FEATURE_SETS
    }


def curves_by_set(sets):
    """Input function: the curves a family reads, of a batch or of all, by set and the family that fitted them."""
    return lambda wildcards: {
        f"{name}_{read}": expand(
            "<results>/curves/{read}/{set}/{batch}.parquet",
            read=read,
            set=name,
            batch=wildcards.get("batch", BATCHES),
        )
        for name in sets
        for read in curves_read(wildcards.family)
    }


def feature_tables(families, set_name):
    """Input function: tables of the families that `families` names for a model."""
    return lambda wildcards: expand(
        "<results>/features/{family}/{set}.parquet",
        family=families(wildcards.model),
        set=set_name,
    )


def weights_of(wildcards):
    """Input function: weights of the training objects, for models that ask for them."""
    asks = PLAN.asks_for(wildcards.model, "adversarial_weights")
    return ["<results>/models/{model}/weights.parquet"] if asks else []


def tuned_parameters(wildcards):
    """Input function: tuned parameters, for models that ask for them."""
    asks = PLAN.asks_for(wildcards.model, "tuning")
    return ["<results>/models/{model}/tuned.json"] if asks else []


def fold_features(model, n_repeats, sets):
    """Tables of the families that are fitted inside each fold, by kind and set: repeat by repeat, fold by fold."""
    return {
        f"{kind}_{set_name}_{family}": expand(
            "<results>/features/{family}/folds/{kind}_{repeat}_{fold}_{set}.parquet",
            family=family,
            kind=kind,
            repeat=range(n_repeats),
            fold=range(config["folds"]["n_folds"]),
            set=set_name,
        )
        for family in PLAN.fold_families(model)
        for kind in FOLD_KINDS
        for set_name in sets
    }


def member_files(file):
    """Input function: a file of each model of a blend."""
    return lambda wildcards: expand(
        "<results>/models/{model}/{file}",
        model=PLAN.members(wildcards.blend),
        file=file,
    )


def compared_files(file):
    """A file of every blend and model that is compared, in the order of config.yaml."""
    return [
        *expand(
            "<results>/blends/{blend}/{file}",
            blend=PLAN.compared(config["blends"]),
            file=file,
        ),
        *expand(
            "<results>/models/{model}/{file}",
            model=PLAN.compared(config["models"]),
            file=file,
        ),
    ]


def blend_library(script):
    """Library files of a script that uses all families and estimators of the submitted blend."""
    return library(script, *PLAN.blend_modules)


def packed_bundle(wildcards):
    """Input function: the packed bundle that is asked for, or the one that comes with the repository."""
    packed = PLAN.packed_bundle
    own = os.path.relpath(Path(workflow.basedir, packed))
    return local_files([own if packed == SHIPPED else packed])[0]


def new_files(key):
    """Input function: the user's files that a key of `predict` names."""
    given = config["predict"][key]
    return lambda wildcards: (
        local_files(or_stop(files_of, given, f"predict.{key}"))
        if given or key == "lightcurves"
        else []
    )


def maps_and_catalogue(block):
    """Input function: the dust maps and the catalogue of galaxies that a block of config.yaml names, if it does."""
    return lambda wildcards: local_files(
        [
            *or_stop(map_files, block["dust_map"]),
            *or_stop(catalogue_files, Catalogue(**block["catalogue"])),
        ]
    )


def object_tables(block):
    """The table of objects that a block of config.yaml names, if it does."""
    given = block["objects"]
    return (
        local_files(or_stop(files_of, given, f"datasets.{DATASET}.objects"))
        if given
        else []
    )


def parts_of_chunks(folder):
    """Input function: what was made of each chunk, once it is known how many there are."""

    def files(wildcards):
        chunks = checkpoints.read_lightcurves.get().output.chunks
        names = sorted(path.stem for path in Path(chunks).glob("chunk_*.parquet"))
        return [f"{PREDICT}/{folder}/{name}.parquet" for name in names]

    return files


def only_if(wanted, **files):
    """Inputs or outputs that a rule has only if they are asked for."""
    return files if wanted else {}


def candidate_inputs(wildcards):
    """Input function: objects, light curves and bundle behind a table of predictions."""
    if wildcards.place == CANDIDATES:
        return {
            "bundle": "<results>/bundle",
            "objects": "<results>/objects/test.parquet",
            "shards": shard_files("test"),
            **only_if(COLLECTION, reading="<results>/reading.json"),
        }
    chunks = checkpoints.read_lightcurves.get().output.chunks
    return {
        "bundle": BUNDLE,
        "objects": f"{chunks}/objects.parquet",
        "shards": sorted(map(str, Path(chunks).glob("chunk_*.parquet"))),
        **only_if(HISTORY, history=f"{PREDICT}/history.parquet"),
        "reading": f"{PREDICT}/reading.json",
        "summary": f"{PREDICT}/summary.json",
    }


def compiled_before(wildcards):
    """Input function: compiled code of the families whose curves a family reads."""
    others = [f for f in curves_read(wildcards.family) if f != wildcards.family]
    return expand("results/compiled/{family}", family=others)


def compiled_fits():
    """The compiled fits, for figures; without the family these compile their own, once on a machine."""
    return ["results/compiled/gp_drw"] if "gp_drw" in config["features"] else []
