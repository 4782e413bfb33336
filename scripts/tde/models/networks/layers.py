"""The two networks: encoders of single bands, joined with what is known of the object."""

from __future__ import annotations

import torch
from torch import nn

N_BANDS = 6
N_CHANNELS = 4
"""Flux, error, gap, and 1 where there is an observation."""
N_METADATA = 3

ALIKE = 64
"""Sequences that attention reads together, padded to the longest of them."""


def masked_pool(values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean and maximum over the observations there are.

    Parameters
    ----------
    values : Tensor, shape (n, n_features, length)
    mask : Tensor, shape (n, 1, length)
        1 where there is an observation, else 0.

    Returns
    -------
    Tensor, shape (n, 2 * n_features)
        0 without observations.
    """
    mean = (values * mask).sum(dim=2) / mask.sum(dim=2).clamp(min=1.0)
    largest = torch.where(mask > 0, values, torch.full_like(values, -1e9)).amax(dim=2)
    some = mask.amax(dim=2)
    return torch.cat([mean, torch.where(some > 0, largest, torch.zeros_like(largest))], dim=1)


class Head(nn.Module):
    """What all bands say, with redshift, extinction and brightness, to class scores."""

    def __init__(self, n_features: int, width: int, dropout: float, n_classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_features + N_METADATA, width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, n_classes)
        )

    def forward(self, bands: torch.Tensor, metadata: torch.Tensor) -> torch.Tensor:
        """Scores, shape (n, n_classes)."""
        return self.layers(torch.cat([bands, metadata], dim=1))


class ConvolutionalNetwork(nn.Module):
    """One stack of convolutions for each band."""

    def __init__(self, n_classes: int, width: int, n_layers: int, dropout: float) -> None:
        super().__init__()
        self.encoders = nn.ModuleList(self._encoder(width, n_layers) for _ in range(N_BANDS))
        self.head = Head(2 * width * N_BANDS, 2 * width, dropout, n_classes)

    @staticmethod
    def _encoder(width: int, n_layers: int) -> nn.Sequential:
        layers: list[nn.Module] = []
        for k in range(n_layers):
            layers += [nn.Conv1d(N_CHANNELS if k == 0 else width, width, 5, padding=2), nn.ReLU()]
        return nn.Sequential(*layers)

    def forward(self, sequences: torch.Tensor, metadata: torch.Tensor) -> torch.Tensor:
        """Scores, shape (n, n_classes), from sequences of shape (n, 6, 4, length)."""
        pooled = [
            masked_pool(encoder(sequences[:, b]), sequences[:, b, -1:]) for b, encoder in enumerate(self.encoders)
        ]
        return self.head(torch.cat(pooled, dim=1), metadata)


class TransformerNetwork(nn.Module):
    """Attention among the observations of each band; the bands share it and are told apart by a vector of their own."""

    def __init__(self, n_classes: int, width: int, n_layers: int, dropout: float, n_heads: int) -> None:
        super().__init__()
        self.observation = nn.Linear(N_CHANNELS, width)
        self.elapsed = nn.Linear(1, width)
        self.band = nn.Parameter(torch.randn(N_BANDS, 1, width) * 0.02)
        layer = nn.TransformerEncoderLayer(width, n_heads, 2 * width, dropout, batch_first=True, norm_first=True)
        layer.self_attn.dropout = 0.0  # drawing it would take a quarter of the time
        self.encoder = nn.TransformerEncoder(layer, n_layers, enable_nested_tensor=False)
        self.head = Head(2 * width * N_BANDS, 2 * width, dropout, n_classes)

    def forward(self, sequences: torch.Tensor, metadata: torch.Tensor) -> torch.Tensor:
        """Scores, shape (n, n_classes), from sequences of shape (n, 6, 4, length)."""
        n, _, _, length = sequences.shape
        mask = sequences[:, :, -1]
        days = torch.cumsum(torch.expm1(sequences[:, :, 2]), dim=2)
        tokens = self.observation(sequences.transpose(2, 3)) + self.elapsed(torch.log1p(days)[..., None]) + self.band
        pooled = self._pooled(tokens.reshape(n * N_BANDS, length, -1), mask.reshape(n * N_BANDS, length))
        return self.head(pooled.reshape(n, -1), metadata)

    def _pooled(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """What attention makes of sequences of ``mask`` leading tokens, those of alike length together."""
        n_tokens = mask.sum(dim=1).to(torch.int64)
        order = torch.argsort(n_tokens, stable=True)
        parts = []
        for alike in order.split(ALIKE):
            longest = max(int(n_tokens[alike[-1]]), 1)
            values, present = tokens[alike, :longest], mask[alike, :longest]
            absent = present == 0
            absent[:, 0] = False  # attention needs something to look at; the pooling leaves it out again
            encoded = self.encoder(values, src_key_padding_mask=absent)
            parts.append(masked_pool(encoded.transpose(1, 2), present[:, None]))
        return torch.cat(parts)[torch.argsort(order)]
