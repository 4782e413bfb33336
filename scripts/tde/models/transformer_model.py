"""A network of attention among the observations, in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tde.models.networks.network_estimator import Network

if TYPE_CHECKING:
    import torch


class Transformer(Network):
    """Attention among each band's observations."""

    name = "transformer"
    layer_settings: ClassVar[dict[str, Any]] = {"width": 48, "n_layers": 2, "dropout": 0.2, "n_heads": 4}

    def _network(self) -> torch.nn.Module:
        from tde.models.networks.layers import TransformerNetwork

        return TransformerNetwork(self.n_classes, **self._settings())
