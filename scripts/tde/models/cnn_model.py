"""A convolutional network on the observations, in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tde.models.networks.network_estimator import Network

if TYPE_CHECKING:
    import torch


class CNN(Network):
    """Convolutions along each band's observations."""

    name = "cnn"
    layer_settings: ClassVar[dict[str, Any]] = {"width": 48, "n_layers": 3, "dropout": 0.3}

    def _network(self) -> torch.nn.Module:
        from tde.models.networks.layers import ConvolutionalNetwork

        return ConvolutionalNetwork(self.n_classes, **self._settings())
