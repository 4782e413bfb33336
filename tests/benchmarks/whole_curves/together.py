"""What gained a little, together: evidence of one outburst, networks that drop families, the mean of log-odds."""

from __future__ import annotations

import numpy as np
from harness import Fold, Probabilities, Study, instead, mean, widened
from learners import networks
from outburst import outburst_columns
from threshold import mean_of_log_odds

N_NETWORKS, SMOOTHING = 8, 0.05
"""As eight as take the time of the five of the blend, and how much their labels are smoothed."""


def sharpened(said: Probabilities) -> Probabilities:
    """Probabilities learnt from smoothed labels, the smoothing undone."""
    return {
        kind: np.clip((p - SMOOTHING / p.shape[-1]) / (1.0 - SMOOTHING), 1e-4, 1.0 - 1e-4) for kind, p in said.items()
    }


def ideas(study: Study) -> dict[str, Probabilities]:
    """Blends to compare, by what is different."""

    def evidences(study: Study, _: Fold) -> np.ndarray:
        return outburst_columns(study)

    names = ("all_lgbm", "all_mlp", "all_logistic")
    lgbm, mlp, logistic = (study.out_of_fold(f"{name}_outburst", widened(name, evidences)) for name in names)
    eight = sharpened(study.out_of_fold("net8", networks(N_NETWORKS, 0.2, SMOOTHING)))
    return {
        "evidence of one outburst": mean([lgbm, mlp, logistic]),
        "8 networks that drop families for 5, smoothing undone": instead(study, all_mlp=eight),
        "evidence of one outburst, mean of log-odds": mean_of_log_odds([lgbm, mlp, logistic]),
        "all three": mean_of_log_odds([lgbm, eight, logistic]),
    }
