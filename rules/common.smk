"""Names and constraints that the rules share. What they ask of the configuration is in tde.workflow.plan."""

import os
import re
import sys

SCRIPTS = Path(workflow.basedir) / "scripts"
sys.path.insert(0, str(SCRIPTS))

from tde.evaluation.folds import KINDS as FOLD_KINDS
from tde.errors import InputError
from tde.features.registry import FAMILIES as REGISTERED, curves_read, learns
from tde.imports import library_files
from tde.ingest.sharding import split_of
from tde.sources.formats import READERS
from tde.sources.dust_map import map_files
from tde.sources.host_catalogue import catalogue_files
from tde.sources.input_files import files_of, files_of_folder, without_table
from tde.workflow.clock import date_back
from tde.workflow.configuration.check import checked
from tde.workflow.configuration.reading_settings import Catalogue
from tde.workflow.raw_data import data_set
from tde.workflow.plan import SHIPPED, Plan, family_modules
from tde.workflow.run_summary import new_summary, night_summary, run_summary

SETS = ["train", "test"]
SCORED_SETS = ["train", "photoz"]  # held out with exact and with scattered redshifts
FEATURE_SETS = ["train", "photoz", "test"]


def check_config():
    """Stop before any job when config.yaml is wrong: key, got, allowed."""
    try:
        config.update(checked(config))
    except InputError as error:
        lines = str(error).replace("\n", "\n  ")
        raise WorkflowError(f"config.yaml is not usable:\n  {lines}") from None


def or_stop(question, *arguments):
    """The answer of the library, or its complaint without a traceback."""
    try:
        return question(*arguments)
    except InputError as error:
        raise WorkflowError(str(error)) from None


check_config()
PLAN = Plan(config)
DATA = or_stop(data_set, config, os.environ)
DATASET = DATA.name
COLLECTION = PLAN.collection is not None
SHARDS = DATA.shards
BATCHES = list(DATA.batches)
SUBMITTED = PLAN.submitted
SOUGHT = "objects without a label" if COLLECTION else "test objects"
INSPECT = f"results/inspect/{config['predict']['name']}"
PREDICT = f"results/predict/{config['predict']['name']}"
HISTORY = bool(config["predict"]["history"])


wildcard_constraints:
    set="|".join([*SETS, "photoz"]),
    shard=r"split_\d\d(-\d+)?",
    batch=r"batch_\d+",
    family="|".join(config["features"]),
    model="|".join(config["models"]),
    blend="|".join(config["blends"]),
    kind="|".join(FOLD_KINDS),
    repeat=r"\d+",
    fold=r"\d+",
    chunk=r"chunk_\d+",
