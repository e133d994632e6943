"""Normalisation."""

from tests.beside_keras.layer_cases.case import Case, Lengths, Made

L2 = Made("L2", {"l2": 0.1}, "regularizers")
TRAINING = {"training": True}
CASES = [
    Case("BatchNormalization", {}, (5, 3)),
    Case("BatchNormalization", {"momentum": 0.9, "epsilon": 0.01}, (3, 4, 5, 2), TRAINING),
    Case("BatchNormalization", {"axis": 1, "scale": False}, (3, 4, 5), TRAINING),
    Case("LayerNormalization", {}, (3, 6)),
    Case("LayerNormalization", {"axis": (1, 2), "center": False}, (3, 4, 5)),
    Case("BatchNormalization", {"center": False}, (3, 4, 5), {**TRAINING, "mask": Lengths((3, 4))}),
    Case("BatchNormalization", {"gamma_regularizer": L2, "beta_regularizer": L2}, (5, 3), TRAINING),
    Case("LayerNormalization", {"axis": 1, "epsilon": 1e-2}, (3, 4, 5)),
    Case("LayerNormalization", {"scale": False, "beta_regularizer": L2}, (3, 4, 5)),
    Case("GroupNormalization", {"groups": 2}, (3, 4, 6)),
    Case("GroupNormalization", {"groups": -1, "center": False}, (2, 4, 5, 3)),
    Case("GroupNormalization", {"groups": 1}, (2, 4, 4)),
    Case("GroupNormalization", {"groups": 3, "axis": 1, "scale": False, "epsilon": 0.1}, (2, 6, 4, 3)),
    Case("RMSNormalization", {}, (3, 6)),
    Case("RMSNormalization", {"axis": [1, 2], "epsilon": 1e-2}, (3, 4, 5)),
    Case("UnitNormalization", {}, (3, 6)),
    Case("UnitNormalization", {"axis": [1, 2]}, (3, 4, 5)),
    Case("BatchNormalization", {"renorm": True}, (5, 3), TRAINING),
    Case(
        "BatchNormalization",
        {"renorm": True, "renorm_clipping": {"rmin": 0.5, "rmax": 1.5, "dmax": 0.2}, "renorm_momentum": 0.8},
        (5, 4, 3),
        TRAINING,
    ),
    Case("BatchNormalization", {"renorm": True, "scale": False}, (5, 3)),
]
