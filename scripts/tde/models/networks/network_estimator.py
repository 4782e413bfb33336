"""What both networks have in common behind the estimator interface. They read the family `sequences`."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from tde.errors import InputError
from tde.features.sequences import LENGTH, OF_OBJECT, OF_OBSERVATION
from tde.models.boosting import inner_split
from tde.models.estimator import Estimator, Importance
from tde.models.extra_packages import missing_package
from tde.photometry import BANDS
from tde.tables import write_npz
from tde.workflow.configuration.model_settings import EarlyStopping

if TYPE_CHECKING:
    import torch

N_COLUMNS = len(OF_OBJECT) + len(BANDS) * len(OF_OBSERVATION) * LENGTH
GAP = [column.name for column in OF_OBSERVATION].index("gap")
SCHEDULE = ("n_epochs", "batch_size", "learning_rate", "weight_decay", "focal_alpha", "focal_gamma")
USE_GAPS = "use_gaps"
"""Parameter: False hides the times between observations, by which an object can be known again."""


class Network(Estimator):
    """A network in PyTorch; a subclass says which.

    Batches are drawn with the weights of the training objects. With ``early_stopping`` the
    epochs end when the loss of objects set aside from the training objects rises.
    """

    suffix = ".npz"
    layer_settings: ClassVar[dict[str, Any]]
    network: torch.nn.Module

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_gaps = bool(self.parameters.get(USE_GAPS, True))
        self.centre, self.spread = np.zeros(len(OF_OBJECT)), np.ones(len(OF_OBJECT))

    @abstractmethod
    def _network(self) -> torch.nn.Module:
        """The network, not trained."""

    @classmethod
    def allowed_parameters(cls) -> list[str]:
        """Names a user may set under ``parameters``."""
        return sorted([*SCHEDULE, USE_GAPS, *cls.layer_settings])

    @classmethod
    def check(cls, where: str, parameters: dict[str, Any], early_stopping: EarlyStopping | None) -> None:
        """As `Estimator.check`, and PyTorch must be there."""
        super().check(where, parameters, early_stopping)
        missing = missing_package(cls.name)
        if missing:
            raise InputError(f"{where}: estimator {cls.name!r} needs {missing}")
        if early_stopping is not None and early_stopping.watch == "fold":
            raise InputError(f"{where}.early_stopping.watch is 'fold'; networks allow inner alone")

    def _settings(self) -> dict[str, Any]:
        return {key: self.parameters.get(key, value) for key, value in self.layer_settings.items()}

    def _standardised(self, X: np.ndarray) -> np.ndarray:
        """Columns with redshift, extinction and brightness on one scale, and without the gaps if they are hidden."""
        if X.shape[1] != N_COLUMNS:
            raise InputError(
                f"estimator {self.name!r} got {X.shape[1]} features; it reads the {N_COLUMNS} of the family"
                " 'sequences', all of them and no others"
            )
        X = X.copy()
        X[:, : len(OF_OBJECT)] = (X[:, : len(OF_OBJECT)] - self.centre) / self.spread
        if not self.use_gaps:
            X[:, len(OF_OBJECT) :].reshape(len(X), len(BANDS), len(OF_OBSERVATION), LENGTH)[:, :, GAP] = 0.0
        return X

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        groups: np.ndarray | None = None,
        seed: int = 0,
        validation: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> Self:
        """Learn from training objects; see `Estimator.fit`."""
        import torch

        from tde.models.networks.network_training import Schedule, as_tensors, train

        _prepare(seed)
        metadata = X[:, : len(OF_OBJECT)]
        self.centre, self.spread = np.nanmean(metadata, axis=0), np.maximum(np.nanstd(metadata, axis=0), 1e-6)
        device = _device()
        codes = torch.as_tensor(y, dtype=torch.int64, device=device)
        data = (*as_tensors(self._standardised(X), device), codes)
        weight = np.ones(len(y)) if sample_weight is None else sample_weight
        schedule = Schedule(**{key: self.parameters[key] for key in SCHEDULE if key in self.parameters})
        self.network = self._network().to(device)
        generator = torch.Generator().manual_seed(seed)
        if self.early_stopping is None:
            train(self.network, data, weight, schedule, generator)
            return self
        aside = inner_split(y, groups, self.early_stopping.validation_fraction, seed)
        inside, outside = (torch.as_tensor(np.flatnonzero(rows), device=device) for rows in (~aside, aside))
        parts = [tuple(part[rows] for part in data) for rows in (inside, outside)]
        train(self.network, parts[0], weight[~aside], schedule, generator, parts[1], self.early_stopping.rounds)
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Class probabilities, shape (n, n_classes)."""
        import torch

        from tde.models.networks.network_training import as_tensors, predict

        device = _device()
        scores = predict(self.network.to(device), *as_tensors(self._standardised(X), device))
        return torch.softmax(scores, dim=1).cpu().numpy().astype(np.float64)

    def save(self, path: Path | str) -> None:
        """Write NumPy's npz format; PyTorch's own is a pickle."""
        content = {f"layer.{key}": value.cpu().numpy() for key, value in self.network.state_dict().items()}
        content |= {f"setting.{key}": np.array(value) for key, value in self._settings().items()}
        content |= {"n_classes": np.array(self.n_classes), "centre": self.centre, "spread": self.spread}
        content[USE_GAPS] = np.array(self.use_gaps)
        write_npz(path, **content)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read NumPy's npz format."""
        import torch

        with np.load(path, allow_pickle=False) as arrays:
            settings = {key: arrays[f"setting.{key}"].item() for key in cls.layer_settings}
            settings[USE_GAPS] = bool(arrays[USE_GAPS])
            estimator = cls(settings, int(arrays["n_classes"]))
            estimator.centre, estimator.spread = arrays["centre"], arrays["spread"]
            estimator.network = estimator._network()
            layers = {key[6:]: torch.as_tensor(arrays[key]) for key in arrays if key.startswith("layer.")}
            estimator.network.load_state_dict(layers)
        return estimator

    def importance(self) -> Importance:
        """Zeros: a network does not say what it uses."""
        return Importance(np.zeros(N_COLUMNS), np.zeros(N_COLUMNS))


def _device() -> torch.device:
    """A GPU if there is one."""
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _prepare(seed: int) -> None:
    """Same seed, same network."""
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
