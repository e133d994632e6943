"""GPT: a decoder-only transformer that guesses the next symbol at every step."""

from typing import Any

import wengert as wg


class TransformerBlock(wg.layers.Layer):
    """x + attention(norm(x)), then x + mlp(norm(x)); no step sees those after it.

    Args:
        heads: of the attention; they share the width.
        dropout: share of the values dropped at the end of both parts while training, in [0, 1).
    """

    heads: int
    dropout: float = 0.0

    def build(self, x: wg.TensorType) -> None:
        width = int(x.shape[-1])
        self.norm1 = wg.layers.LayerNormalization(epsilon=1e-5)
        self.attention = wg.layers.MultiHeadAttention(self.heads, width // self.heads)
        self.norm2 = wg.layers.LayerNormalization(epsilon=1e-5)
        self.inner = wg.layers.Dense(4 * width, activation="gelu")
        self.outer = wg.layers.Dense(width)
        self.drop = wg.layers.Dropout(self.dropout)

    def call(self, x: Any, training: bool = False) -> Any:
        seen = self.norm1(x)
        y = self.attention(seen, seen, training=training, use_causal_mask=True)
        x = x + self._dropped(y, training)
        return x + self._dropped(self.outer(self.inner(self.norm2(x))), training)

    def _dropped(self, x: Any, training: bool) -> Any:
        return self.drop(x, training=training) if self.dropout else x


class GPT(wg.Model):
    """Embeddings of symbols and positions, blocks, and one score (logit) a symbol at every step.

    Args:
        vocabulary: how many symbols there are.
        length: the longest sequence.
        width: length of the vectors; the heads must divide it.
        dropout: share of the values dropped while training, in [0, 1).

    Shapes:
        x [batch, time] of integers  ->  logits [batch, time, vocabulary], for any time up to `length`

    Source:
        Radford et al., "Language models are unsupervised multitask learners", 2019 (GPT-2), in small.
    """

    vocabulary: int = 96
    length: int = 128
    width: int = 128
    heads: int = 4
    depth: int = 4
    dropout: float = 0.0

    def check_fields(self) -> None:
        if self.width % self.heads:
            raise wg.errors.ValueRangeError(
                f"GPT: the heads must divide the width; got width {self.width} and {self.heads} heads."
            )

    def build(self, x: wg.TensorType) -> None:
        self.embedding = wg.layers.Embedding(self.vocabulary, self.width)
        self.position = wg.layers.PositionEmbedding(self.length)
        self.blocks = [TransformerBlock(self.heads, self.dropout) for _ in range(self.depth)]
        self.norm = wg.layers.LayerNormalization(epsilon=1e-5)
        self.head = wg.layers.Dense(self.vocabulary, use_bias=False)

    def call(self, x: Any, training: bool = False) -> Any:
        y = self.embedding(x)
        y = y + self.position(y)
        for block in self.blocks:
            y = block(y, training=training)
        return self.head(self.norm(y))
