"""Attention."""

import functools

from tests.beside_keras.layer_cases.case import Bits, Case, Lengths

# The gradient to the bias of keys is 0, for a softmax does not see what is added to a row: both sides leave rounding.
Heads = functools.partial(Case, tolerance=5e-5)

Q, V = (2, 3, 4), (2, 5, 4)
MASKS = [Lengths((2, 3)), Bits((2, 5))]
HEADS = {"num_heads": 2, "key_dim": 3}
GROUPS = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
OF_VALUES = {"value": V, "value_mask": Bits((2, 5))}
PAIRS = Bits((2, 3, 5))
GRID, OTHER = (2, 3, 4, 5), (2, 6, 4, 5)
CASES = [
    Case("Attention", {}, [Q, V]),
    Case("Attention", {"use_scale": True}, [Q, V, V], {"mask": MASKS}),
    Case("Attention", {"score_mode": "concat", "use_scale": True}, [Q, V], {"return_attention_scores": True}),
    Case("Attention", {"score_mode": "concat", "dropout": 0.5}, [V, V], {"use_causal_mask": True}),
    Case("Attention", {}, [V, (2, 5, 3), V], {"mask": [Bits((2, 5)), Bits((2, 5))], "use_causal_mask": True}),
    Case("AdditiveAttention", {}, [Q, V]),
    Case("AdditiveAttention", {"use_scale": False}, [Q, V, V], {"mask": MASKS}),
    Case("AdditiveAttention", {"dropout": 0.5}, [V, V], {"use_causal_mask": True, "return_attention_scores": True}),
    Heads("MultiHeadAttention", HEADS, Q, {"value": V}),
    Heads("MultiHeadAttention", {**HEADS, "value_dim": 5, "output_shape": 7}, Q,
          {"value": V, "key": (2, 5, 6), "return_attention_scores": True}),
    Case("MultiHeadAttention", {**HEADS, "use_bias": False}, V, {"value": V, "use_causal_mask": True}),
    Heads("MultiHeadAttention", {**HEADS, "dropout": 0.5}, Q, {"value": V, "return_attention_scores": True}),
    Heads("MultiHeadAttention", HEADS, Q, {**OF_VALUES, "attention_mask": PAIRS}),
    Heads("MultiHeadAttention", HEADS, Q, {**OF_VALUES, "key": V, "key_mask": Bits((2, 5))}),
    Heads("MultiHeadAttention", {**HEADS, "output_shape": [2, 3]}, Q, {"value": V}),
    Heads("MultiHeadAttention", {**HEADS, "use_gate": True, "value_dim": 2}, Q,
          {"value": V, "return_attention_scores": True}),
    Heads("MultiHeadAttention", {**HEADS, "sliding_window": 2}, (2, 6, 4), {"value": (2, 6, 4)}),
    Heads("MultiHeadAttention", {**HEADS, "sliding_window": 3}, (2, 6, 4),
          {"value": (2, 6, 4), "use_causal_mask": True}),
    Heads("MultiHeadAttention", HEADS, GRID, {"value": OTHER}),
    Heads("MultiHeadAttention", {**HEADS, "attention_axes": [1]}, GRID,
          {"value": OTHER, "attention_mask": Bits((2, 3, 6)), "return_attention_scores": True}),
    Heads("MultiHeadAttention", {**HEADS, "attention_axes": [2], "use_gate": True}, GRID, {"value": GRID}),
    Heads("MultiHeadAttention", {**HEADS, "attention_axes": [1, 2]}, GRID,
          {"value": OTHER, "attention_mask": Bits((2, 3, 4, 6, 4)), "return_attention_scores": True}),
    Heads("GroupQueryAttention", GROUPS, Q, {"value": V}),
    Case("GroupQueryAttention", {**GROUPS, "use_bias": False}, Q, {**OF_VALUES, "attention_mask": PAIRS}),
    Heads("GroupQueryAttention", {**GROUPS, "use_gate": True}, V, {"value": V, "use_causal_mask": True}),
    Heads("GroupQueryAttention", {**GROUPS, "sliding_window": 2, "num_key_value_heads": 1}, V,
          {"value": V, "key": V, "return_attention_scores": True}),
]  # fmt: skip
