"""What the commands say about a classifier's scores."""

import numpy as np

from wengert.data.datasets import Array


def accuracy(scores: Array, labels: Array) -> float:
    """Share of rows whose highest score is at their label."""
    return float(np.mean(scores.argmax(-1) == labels))


def show_accuracy(data: str, share: float, count: int) -> None:
    """Print the accuracy, and what it is of."""
    print(
        f"accuracy: {100 * share:.2f} % of {count:,} test images of {data} ({round(share * count):,} right)"
    )


def probabilities(scores: Array) -> Array:
    """softmax(scores) along the last axis; scores that are a distribution already are left as they are."""
    if (scores >= 0).all() and np.allclose(scores.sum(-1), 1, atol=1e-4):
        return scores
    e = np.exp(scores - scores.max(-1, keepdims=True))
    share: Array = e / e.sum(-1, keepdims=True)
    return share
