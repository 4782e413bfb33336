"""Names in config.yaml that point to nothing, or to what has no place there, are refused."""

from copy import deepcopy

import pytest
from shipped_configuration import CONFIG, changed, complaints

from tde.workflow.configuration.check import checked


@pytest.mark.parametrize(
    ("path", "value", "word"),
    [
        ("models.no_rocket_lgbm.features", ["domain", "spectra"], "'spectra'"),
        ("blends.blend.models", ["no_rocket_lgbm", "v35"], "'v35'"),
        ("blends.blend.weights", {"no_rocket_lgbm": 1.0}, "one for each"),
        ("submission.blend", "v110", "'v110'"),
        ("report.blends", ["blend", "mixture"], "'mixture'"),
        ("ablation.model", "v35", "'v35'"),
        ("leaderboard.only", ["blend", "v35"], "'v35'"),
        ("early.blend", "mixture", "'mixture'"),
    ],
)
def test_names_without_a_block_are_refused(path, value, word):
    line = complaints(changed(path, value))[0]
    assert path in line
    assert word in line


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("blends.blend.models", ["views_mlp"], "got 'views_mlp'; allowed: models without views: true: "),
        ("blends.blend_views", {"models": ["all_mlp"]}, "got 'all_mlp'; allowed: models with views: true: views_lgbm,"),
        ("models.views_mlp.features", ["gp2d", "surfaces"], "got 'surfaces' with views: true; allowed: families"),
        ("submission.blend", "blend_views", "got 'blend_views', which learns from views; allowed: what learns"),
        ("ablation.model", "views_mlp", "got 'views_mlp', which learns from views"),
    ],
)
def test_models_of_unfinished_light_curves_keep_to_their_place(path, value, line):
    place = f"{path}.models" if isinstance(value, dict) else path
    assert any(problem.startswith(f"{place}: {line}") for problem in complaints(changed(path, value)))


def test_there_may_be_no_models_of_unfinished_light_curves():
    config = deepcopy(CONFIG)
    for name in [name for name, block in config["models"].items() if block.get("views")]:
        del config["models"][name]
    del config["blends"]["blend_views"], config["early"]
    assert checked(config)["early"] == {"blend": "", "folds": "parent", "repeats": {"parent": 1, "random": 0}}


def test_a_family_needs_the_curves_it_reads():
    config = deepcopy(CONFIG)
    del config["features"]["rank1"]
    assert any("'hypotheses' without 'rank1'" in line for line in complaints(config))
