"""Keras's losses, from their formulas, in a peer's own functions: what the peer differentiates."""

from types import SimpleNamespace


def losses(xp, log_softmax, softplus):
    """Losses of (y_true, y_pred), one value a row."""

    def mean(x):
        return xp.mean(x, -1)

    def huber(t, p):
        e = xp.abs(t - p)
        return mean(xp.where(e <= 1.0, e * e / 2.0, e - 0.5))

    def binary_crossentropy(t, p, from_logits=False):
        if from_logits:
            return mean(softplus(p) - p * t)
        return mean(-t * xp.log(p) - (1.0 - t) * xp.log(1.0 - p))

    def sparse_categorical_crossentropy(t, p, from_logits):
        return -xp.take_along_axis(log_softmax(p, -1), t[:, None], -1)[:, 0]

    return SimpleNamespace(
        mean_squared_error=lambda t, p: mean((t - p) ** 2),
        mean_absolute_error=lambda t, p: mean(xp.abs(t - p)),
        huber=huber,
        log_cosh=lambda t, p: mean(xp.log(xp.cosh(p - t))),
        hinge=lambda t, p: mean(xp.where(1.0 - t * p > 0.0, 1.0 - t * p, 0.0)),
        kl_divergence=lambda t, p: xp.sum(t * xp.log(t / p), -1),
        binary_crossentropy=binary_crossentropy,
        categorical_crossentropy=lambda t, p, from_logits: -xp.sum(t * log_softmax(p, -1), -1),
        sparse_categorical_crossentropy=sparse_categorical_crossentropy,
    )
