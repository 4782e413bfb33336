"""How a network learns: weighted sampling, focal loss, early stopping on objects set aside."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from tde.models.networks.layers import N_BANDS, N_METADATA


@dataclass(frozen=True)
class Schedule:
    """Settings of the training.

    Attributes
    ----------
    n_epochs, batch_size : int
    learning_rate, weight_decay : float
        Of Adam with decoupled decay.
    focal_alpha, focal_gamma : float
        Weight of the TDEs, and how strongly what is already right is ignored (Lin et al.
        2017, ICCV, 2999).
    """

    n_epochs: int = 30
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    focal_alpha: float = 0.75
    focal_gamma: float = 2.0


class Tensors(NamedTuple):
    """What a network reads of some objects."""

    sequences: torch.Tensor
    metadata: torch.Tensor


def as_tensors(X: np.ndarray, device: torch.device) -> Tensors:
    """Sequences, shape (n, 6, 4, length), and metadata, shape (n, 3), from the columns of `sequences`.

    The fourth channel is 1 where there is an observation. What is undefined becomes 0.
    """
    metadata = np.nan_to_num(X[:, :N_METADATA])
    sequences = X[:, N_METADATA:].reshape(len(X), N_BANDS, 3, -1)
    present = np.isfinite(sequences[:, :, :1])
    sequences = np.concatenate([np.nan_to_num(sequences), present], axis=2)
    return Tensors(*(torch.as_tensor(values, dtype=torch.float32, device=device) for values in (sequences, metadata)))


def focal_loss(scores: torch.Tensor, codes: torch.Tensor, alpha: float, gamma: float) -> torch.Tensor:
    """Mean focal loss; the last class is the TDE and has weight alpha, others 1 - alpha.

    Parameters
    ----------
    scores : Tensor, shape (n, n_classes)
    codes : Tensor of int, shape (n,)
    alpha, gamma : float
    """
    log_p = torch.log_softmax(scores, dim=1).gather(1, codes[:, None])[:, 0]
    weight = torch.where(codes == scores.shape[1] - 1, alpha, 1.0 - alpha)
    return -(weight * (1.0 - log_p.exp()) ** gamma * log_p).mean()


def train(
    network: torch.nn.Module,
    data: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    sampling: np.ndarray,
    schedule: Schedule,
    generator: torch.Generator,
    watched: tuple[torch.Tensor, torch.Tensor, torch.Tensor] | None = None,
    patience: int = 0,
) -> int:
    """Train a network in place.

    Parameters
    ----------
    network : Module
    data : tuple of Tensor
        Sequences, metadata, codes.
    sampling : ndarray, shape (n,)
        How often each object is drawn, in proportion.
    schedule : Schedule
    generator : Generator
        Draws the batches.
    watched : tuple of Tensor, optional
        Objects whose loss ends the training; the network is then that of the best epoch.
    patience : int
        Epochs without improvement after which it ends.

    Returns
    -------
    int
        Epochs of the network that is kept.
    """
    optimiser = torch.optim.AdamW(network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay)
    chances = torch.as_tensor(sampling, dtype=torch.float64)
    best, best_epoch, kept = np.inf, schedule.n_epochs, None
    for epoch in tqdm(range(1, schedule.n_epochs + 1), desc="epochs", unit="epoch", leave=False):
        network.train()
        order = torch.multinomial(chances, len(chances), replacement=True, generator=generator)
        for batch in order.split(schedule.batch_size):
            batch = batch.to(data[0].device)
            sequences, metadata, codes = (part[batch] for part in data)
            loss = focal_loss(network(sequences, metadata), codes, schedule.focal_alpha, schedule.focal_gamma)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
        if watched is None:
            continue
        scores = predict(network, watched[0], watched[1])
        loss = float(focal_loss(scores, watched[2], schedule.focal_alpha, schedule.focal_gamma))
        if loss < best:
            best, best_epoch, kept = loss, epoch, copy.deepcopy(network.state_dict())
        elif epoch - best_epoch >= patience:
            break
    if kept is not None:
        network.load_state_dict(kept)
    return best_epoch


def predict(network: torch.nn.Module, sequences: torch.Tensor, metadata: torch.Tensor) -> torch.Tensor:
    """Class scores, shape (n, n_classes), some objects at a time."""
    network.eval()
    with torch.no_grad():
        parts = [network(s, m) for s, m in zip(sequences.split(256), metadata.split(256), strict=True)]
    return torch.cat(parts)
