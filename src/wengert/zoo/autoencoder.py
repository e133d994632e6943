"""Autoencoder: a network that gives back what it is given, through a narrow middle."""

from collections.abc import Sequence
from typing import Any

import wengert as wg


class Autoencoder(wg.Model):
    """decoder(encoder(x)): dense layers that get narrower, and the same widths on the way back.

    Args:
        units: widths on the way to the code, whose length is the last.
        activation: of the layers between; the code is linear, the output in 0..1 (sigmoid).

    Shapes:
        x [batch, ...] in 0..1  ->  y of the same shape; `encode` gives [batch, units[-1]]

    Source:
        Hinton & Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science 2006.
    """

    units: Sequence[int] = (1000, 500, 250, 30)
    activation: str = "relu"

    def build(self, x: wg.TensorType) -> None:
        shape = tuple(int(n) for n in x.shape[1:])
        width = 1
        for n in shape:
            width *= n
        *between, code = self.units
        self.encoder = wg.Sequential([wg.layers.Flatten(), *self._dense(between), wg.layers.Dense(code)])
        self.decoder = wg.Sequential(
            [
                *self._dense(between[::-1]),
                wg.layers.Dense(width, activation="sigmoid"),
                wg.layers.Reshape(shape),
            ]
        )

    def _dense(self, widths: Sequence[int]) -> list[wg.layers.Layer]:
        return [wg.layers.Dense(n, activation=self.activation) for n in widths]

    def encode(self, x: Any) -> Any:
        """The codes of inputs."""
        return self.encoder(x)

    def decode(self, code: Any) -> Any:
        """What codes stand for."""
        return self.decoder(code)

    def call(self, x: Any) -> Any:
        return self.decode(self.encode(x))
