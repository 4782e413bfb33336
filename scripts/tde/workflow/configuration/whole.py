"""All of config.yaml."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tde.workflow.configuration.collection_settings import Collection
from tde.workflow.configuration.family_options import Features
from tde.workflow.configuration.model_settings import ModelSettings
from tde.workflow.configuration.nights_settings import Nights
from tde.workflow.configuration.predict_settings import Predict
from tde.workflow.configuration.run_settings import (
    Ablation,
    Blend,
    Candidates,
    Early,
    Folds,
    Leaderboard,
    PhotometricRedshifts,
    Report,
    Shards,
    Simulated,
    Submission,
    Submit,
    Threshold,
    Views,
)
from tde.workflow.configuration.typed_block import Block, Name


class Configuration(Block):
    """Configuration of mallorn-tde."""

    dataset: str = Field(
        default="simulated",
        min_length=1,
        description="What to work on: `simulated` (made on the spot), `mallorn` (the files of the challenge), one of"
        " `datasets`, or the path of a directory in MALLORN's layout. Results lie in `results/` under its name.",
    )
    mallorn_dir: str = Field(
        default="",
        description="Where the MALLORN files lie. Empty: where the environment variable MALLORN_DATA says, and if that"
        " is not set they are downloaded with your own Kaggle token.",
    )
    simulated: Simulated = Field(default_factory=Simulated)
    datasets: dict[Name, Collection] = Field(
        default={},
        description="Collections of labelled light curves in any format to learn from, a block for each; `dataset`"
        " names the one that the run works on. The keys from `format` on are those of `predict`.",
    )
    shards: Shards = Field(default_factory=Shards)
    features: Features  # type: ignore[valid-type]  # made from the registry
    photometric_redshifts: PhotometricRedshifts = Field(default_factory=PhotometricRedshifts)
    folds: Folds = Field(default_factory=Folds)
    views: Views = Field(default_factory=Views)
    models: Annotated[dict[Name, ModelSettings], Field(min_length=1)] = Field(
        description="The models, a block for each: what it reads, what learns, and how. To add a model, add a block;"
        " no rule changes."
    )
    blends: Annotated[dict[Name, Blend], Field(min_length=1)] = Field(
        description="Models whose probabilities are put together, a block for each blend."
    )
    submission: Submission
    report: Report
    ablation: Ablation
    early: Early = Field(default_factory=Early)
    leaderboard: Leaderboard = Field(default_factory=Leaderboard)
    threshold: Threshold = Field(default_factory=Threshold)
    predict: Predict = Field(default_factory=Predict)
    nights: Nights = Field(default_factory=Nights)
    candidates: Candidates = Field(default_factory=Candidates)
    submit: Submit = Field(default_factory=Submit)
