"""A multi-layer perceptron for tables: columns of numbers normalised, columns of categories embedded."""

from collections.abc import Sequence
from typing import Any

import wengert as wg


class TabularMLP(wg.Model):
    """Dense layers over a row of a table.

    Args:
        targets: length of the output: one score (logit) a class, or numbers to predict.
        categories: the first columns are categories 0..n - 1; this says n of each. The others are numbers.
        units: lengths of the hidden layers.
        dropout: share of each hidden layer's values dropped while training, in [0, 1).

    Shapes:
        x [batch, columns]  ->  y [batch, targets]

    Source:
        Guo & Berkhahn, "Entity embeddings of categorical variables", 2016.

    Example:
        >>> import numpy as np
        >>> rows = np.array([[0, 2.5, 100.0], [2, 3.5, 300.0]], "float32")  # one of three categories, two numbers
        >>> model = TabularMLP(targets=1, categories=[3])
        >>> model.adapt(rows)
        >>> model(rows).shape
        (2, 1)
    """

    targets: int = 1
    categories: Sequence[int] = ()
    units: Sequence[int] = (128, 64)
    dropout: float = 0.0

    def build(self, x: wg.TensorType) -> None:
        self.normalization = wg.layers.Normalization()
        self.embeddings = [wg.layers.Embedding(n, min(50, (n + 1) // 2)) for n in self.categories]
        hidden: list[wg.layers.Layer] = []
        for n in self.units:
            hidden += [wg.layers.Dense(n, activation="relu"), wg.layers.Dropout(self.dropout)]
        self.body = wg.Sequential([*hidden, wg.layers.Dense(self.targets)])

    def adapt(self, x: Any) -> None:
        """Normalise numbers by the means and variances of this table."""
        self.ensure_built(wg.TensorType.parse(f"f32[batch,{x.shape[1]}]"))
        self.normalization.adapt(x[:, len(self.categories) :])

    def call(self, x: Any, training: bool = False) -> Any:
        count = len(self.categories)
        codes = wg.astype(x[:, :count], "int64")
        parts = [embedding(codes[:, k]) for k, embedding in enumerate(self.embeddings)]
        return self.body(wg.concat([*parts, self.normalization(x[:, count:])], axis=1), training=training)
