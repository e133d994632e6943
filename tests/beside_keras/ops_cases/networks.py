"""Neural networks: classes, losses, convolution, pooling."""

import numpy as np

from tests.beside_keras.ops_cases.case import each, of
from tests.beside_keras.ops_cases.elementwise import RNG, X, some

SHARES = RNG.dirichlet(np.ones(4), 3).astype("float32")
ONE_HOT = np.eye(4, dtype="float32")[[0, 3, 1]]
LABELS = np.array([0, 3, 1])
IMAGE, KERNEL, DEEP = some(2, 6, 5, 3), some(3, 2, 3, 4), some(3, 2, 3, 1)
SEQUENCE = some(2, 7, 3)

CASES = [
    of("one_hot", LABELS, 4),
    of("one_hot", x=LABELS, num_classes=5, axis=0, dtype="int32"),
    of("one_hot", LABELS, 3, sparse=False),
    of("multi_hot", LABELS, 5),
    of("multi_hot", np.stack([LABELS, LABELS + 1]), num_classes=6),
    of("multi_hot", inputs=LABELS, num_tokens=4),
    of("normalize", X),
    of("normalize", X, axis=0, order=1),
    of("normalize", X, order=3),
    of("normalize", X * 1e-9),
    of("categorical_crossentropy", ONE_HOT, SHARES),
    of("categorical_crossentropy", target=ONE_HOT, output=X, from_logits=True),
    of("categorical_crossentropy", ONE_HOT.T.copy(), SHARES.T.copy(), False, 0),
    of("sparse_categorical_crossentropy", LABELS, SHARES),
    of("sparse_categorical_crossentropy", target=LABELS, output=X, from_logits=True),
    of("sparse_categorical_crossentropy", LABELS[:, None], X, True, -1),
    *each("binary_crossentropy", ONE_HOT, SHARES),
    of("binary_crossentropy", target=ONE_HOT, output=X, from_logits=True),
    of("conv", IMAGE, KERNEL),
    of("conv", IMAGE, KERNEL, 2, "same"),
    of("conv", inputs=IMAGE, kernel=KERNEL, strides=(1, 2), dilation_rate=1),
    of("conv", SEQUENCE, some(3, 3, 2), dilation_rate=2),
    of("depthwise_conv", IMAGE, DEEP),
    of("depthwise_conv", IMAGE, DEEP, padding="same"),
    of("max_pool", IMAGE, 2, 2),
    of("max_pool", IMAGE, (2, 3), strides=1, padding="same"),
    of("average_pool", IMAGE, 2, 2),
    of("average_pool", IMAGE, pool_size=3, strides=2, padding="same"),
    of("max_pool", SEQUENCE, 3, 3),
]
