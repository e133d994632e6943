"""What is compared with Keras, as data: class, arguments, and what it is given. Both sides read this file.

A case is (class, arguments, ...); its arrays follow from its place alone, so both sides make the same.
"""

import numpy as np


def draws(*key):
    """A generator for one case: the same wherever it is made."""
    return np.random.default_rng([sum(map(ord, str(k))) for k in key])


# --- optimizers -----------------------------------------------------------------------------------

STEPS, SHAPES = 20, ((3, 2), (2,), (2, 5))
FAST = {"learning_rate": 0.1}
OPTIMIZERS = [
    ("SGD", FAST),
    ("SGD", {**FAST, "momentum": 0.9}),
    ("SGD", {**FAST, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {**FAST, "momentum": 0.9, "loss_scale_factor": 8.0}),
    ("SGD", {**FAST, "global_clipnorm": 0.5}),
    ("RMSprop", FAST),
    ("RMSprop", {**FAST, "momentum": 0.5, "centered": True}),
    ("Adam", FAST),
    ("Adam", {**FAST, "beta_1": 0.8, "epsilon": 1e-3, "amsgrad": True}),
    ("Adam", {**FAST, "clipvalue": 0.3}),
    ("Adam", {**FAST, "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2}),
    ("Adam", {**FAST, "gradient_accumulation_steps": 2, "clipnorm": 0.5, "weight_decay": 0.1}),
    ("AdamW", FAST),
    ("Adagrad", FAST),
    ("Adagrad", {"initial_accumulator_value": 1.0, "epsilon": 1e-3, "weight_decay": 0.1}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Adadelta", {"learning_rate": 1.0, "rho": 0.5, "epsilon": 1e-3}),
    ("Adamax", FAST),
    ("Nadam", FAST),
    ("Nadam", {**FAST, "beta_1": 0.8, "epsilon": 1e-3}),
    ("Lion", FAST),
    ("Lamb", FAST),
    ("Ftrl", FAST),
    ("Ftrl", {**FAST, "learning_rate_power": -0.3, "l1_regularization_strength": 0.1, "beta": 0.4,
              "l2_regularization_strength": 0.2, "l2_shrinkage_regularization_strength": 0.3}),
    ("Adafactor", FAST),
    ("Adafactor", {**FAST, "beta_2_decay": -0.5, "clip_threshold": 0.5, "epsilon_2": 0.1}),
    ("Muon", FAST),
    ("Muon", {**FAST, "nesterov": False, "rms_rate": None, "adam_weight_decay": None, "ns_steps": 3,
              "adam_lr_ratio": 0.5}),
    ("ScheduleFreeAdamW", FAST),
    ("ScheduleFreeAdamW", {**FAST, "beta_1": 0.8, "warmup_steps": 5, "weight_decay": 0.1}),
]  # fmt: skip


def start_and_gradients(number):
    rng = draws("optimizer", number)
    start, *grads = ([rng.normal(size=s).astype("float32") for s in SHAPES] for _ in range(STEPS + 1))
    return start, grads


# --- schedules ------------------------------------------------------------------------------------

TIMES = (0, 1, 5, 10, 25, 50, 99, 1000)
FROM = {"initial_learning_rate": 0.1}
SCHEDULES = [
    ("ExponentialDecay", {**FROM, "decay_steps": 10, "decay_rate": 0.5}),
    ("ExponentialDecay", {**FROM, "decay_steps": 10, "decay_rate": 0.5, "staircase": True}),
    ("InverseTimeDecay", {**FROM, "decay_steps": 10, "decay_rate": 0.5}),
    ("InverseTimeDecay", {**FROM, "decay_steps": 10, "decay_rate": 0.5, "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [5, 20], "values": [0.1, 0.05, 0.01]}),
    ("PolynomialDecay", {**FROM, "decay_steps": 50}),
    ("PolynomialDecay", {**FROM, "decay_steps": 20, "end_learning_rate": 0.01, "power": 2.0, "cycle": True}),
    ("CosineDecay", {**FROM, "decay_steps": 50, "alpha": 0.1}),
    (
        "CosineDecay",
        {"initial_learning_rate": 0.0, "decay_steps": 50, "warmup_target": 0.2, "warmup_steps": 10},
    ),
    ("CosineDecayRestarts", {**FROM, "first_decay_steps": 10}),
    ("CosineDecayRestarts", {**FROM, "first_decay_steps": 10, "t_mul": 1.0, "m_mul": 0.5, "alpha": 0.1}),
]


# --- losses ---------------------------------------------------------------------------------------

LOSSES = [
    ("MeanSquaredError", {}, "numbers"),
    ("MeanSquaredError", {"reduction": "sum"}, "numbers"),
    ("MeanSquaredError", {"reduction": None}, "numbers"),
    ("MeanSquaredError", {"reduction": "mean_with_sample_weight"}, "numbers"),
    ("MeanAbsoluteError", {}, "numbers"),
    ("MeanAbsolutePercentageError", {}, "numbers"),
    ("MeanSquaredLogarithmicError", {}, "rates"),
    ("CosineSimilarity", {}, "numbers"),
    ("CosineSimilarity", {"axis": 0, "reduction": None}, "numbers"),
    ("Huber", {}, "numbers"),
    ("Huber", {"delta": 0.3}, "numbers"),
    ("LogCosh", {}, "numbers"),
    ("Poisson", {}, "rates"),
    ("KLDivergence", {}, "shares"),
    ("Hinge", {}, "signs"),
    ("SquaredHinge", {}, "signs"),
    ("CategoricalHinge", {}, "one hot scores"),
    ("BinaryCrossentropy", {}, "binary"),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, "binary"),
    ("BinaryCrossentropy", {"from_logits": True}, "binary scores"),
    ("BinaryFocalCrossentropy", {}, "binary"),
    (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "gamma": 3.0, "label_smoothing": 0.1},
        "binary",
    ),
    ("BinaryFocalCrossentropy", {"from_logits": True}, "binary scores"),
    ("CategoricalCrossentropy", {}, "one hot"),
    ("CategoricalCrossentropy", {"label_smoothing": 0.2}, "one hot"),
    ("CategoricalCrossentropy", {"from_logits": True}, "one hot scores"),
    ("CategoricalFocalCrossentropy", {}, "one hot"),
    ("CategoricalFocalCrossentropy", {"alpha": 0.5, "gamma": 1.0, "label_smoothing": 0.1}, "one hot"),
    ("CategoricalFocalCrossentropy", {"from_logits": True}, "one hot scores"),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.3}, "classes"),
    ("SparseCategoricalCrossentropy", {}, "classes"),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, "class scores"),
    ("SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": 2}, "class scores"),
    ("Dice", {}, "masks"),
    ("Dice", {"axis": (1, 2)}, "masks"),
    ("Tversky", {"alpha": 0.3, "beta": 0.6}, "masks"),
    ("Tversky", {"axis": (1, 2)}, "masks"),
    ("Circle", {"gamma": 8.0}, "directions"),
    ("Circle", {"gamma": 8.0, "margin": 0.2, "remove_diagonal": False}, "directions"),
    ("CTC", {}, "speech"),
]


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def labels_and_predictions(kind, rng, n=6, k=4):
    """Of the kind that a loss or metric takes: float32, class numbers int32."""
    scores = rng.normal(size=(n, k)).astype("float32")
    classes = rng.integers(0, k, n).astype("int32")
    one_hot = np.eye(k, dtype="float32")[classes]
    bits = rng.integers(0, 2, (n, k)).astype("float32")
    match kind:
        case "numbers":
            return rng.normal(size=(n, k)).astype("float32"), scores
        case "rates":
            return rng.uniform(0.1, 2, (n, k)).astype("float32"), np.exp(scores)
        case "shares":
            return softmax(rng.normal(size=(n, k))).astype("float32"), softmax(scores)
        case "signs":
            return 2 * bits - 1, scores
        case "binary":
            return bits, 1 / (1 + np.exp(-scores))
        case "binary column":
            return bits[:, :1], 1 / (1 + np.exp(-scores[:, :1]))
        case "binary scores":
            return bits, scores
        case "one hot":
            return one_hot, softmax(scores)
        case "one hot scores":
            return one_hot, scores
        case "classes":
            return classes, softmax(scores)
        case "class scores":
            return classes, scores
        case "masks":
            return rng.integers(0, 2, (n, 3, k)).astype("float32"), rng.uniform(size=(n, 3, k)).astype(
                "float32"
            )
        case "directions":
            return classes, scores / np.linalg.norm(scores, axis=1, keepdims=True)
        case "class numbers":
            return classes, rng.integers(0, k, n).astype("int32")
        case "ranked":
            return classes, rng.permuted(np.tile(np.arange(k, dtype="int32"), (n, 1)), axis=1)
        case "speech":
            spoken = rng.integers(1, k, (n, 3)).astype("int32")
            spoken[1, 2:] = spoken[2, 1:] = spoken[3, :] = 0
            return spoken, rng.normal(size=(n, 8, k)).astype("float32")
    raise ValueError(kind)


# --- metrics --------------------------------------------------------------------------------------

METRICS = [
    ("Mean", {}, "values"),
    ("Sum", {}, "values"),
    ("Accuracy", {}, "class numbers"),
    ("BinaryAccuracy", {"threshold": 0.4}, "binary"),
    ("CategoricalAccuracy", {}, "one hot"),
    ("SparseCategoricalAccuracy", {}, "classes"),
    ("TopKCategoricalAccuracy", {"k": 2}, "one hot"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "classes"),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, "binary"),
    ("CategoricalCrossentropy", {"from_logits": True}, "one hot scores"),
    ("SparseCategoricalCrossentropy", {}, "classes"),
    ("KLDivergence", {}, "shares"),
    ("Poisson", {}, "rates"),
    ("Hinge", {}, "signs"),
    ("SquaredHinge", {}, "signs"),
    ("CategoricalHinge", {}, "one hot scores"),
    ("MeanSquaredError", {}, "numbers"),
    ("RootMeanSquaredError", {}, "numbers"),
    ("MeanAbsoluteError", {}, "numbers"),
    ("MeanAbsolutePercentageError", {}, "numbers"),
    ("MeanSquaredLogarithmicError", {}, "rates"),
    ("LogCoshError", {}, "numbers"),
    ("CosineSimilarity", {}, "numbers"),
    ("R2Score", {}, "numbers"),
    ("R2Score", {"class_aggregation": None}, "numbers"),
    ("R2Score", {"class_aggregation": "variance_weighted_average", "num_regressors": 2}, "numbers"),
    ("TruePositives", {}, "binary"),
    ("TrueNegatives", {"thresholds": 0.3}, "binary"),
    ("FalsePositives", {"thresholds": [0.2, 0.7]}, "binary"),
    ("FalseNegatives", {}, "binary"),
    ("Precision", {}, "binary"),
    ("Precision", {"thresholds": [0.2, 0.7]}, "binary"),
    ("Precision", {"top_k": 2}, "one hot"),
    ("Precision", {"class_id": 1}, "binary"),
    ("Recall", {}, "binary"),
    ("Recall", {"top_k": 2, "class_id": 2}, "one hot"),
    ("AUC", {}, "binary column"),
    ("AUC", {"num_thresholds": 20, "curve": "PR"}, "binary column"),
    ("AUC", {"num_thresholds": 20, "summation_method": "minoring"}, "binary column"),
    ("AUC", {"thresholds": [0.2, 0.5, 0.8], "summation_method": "majoring"}, "binary column"),
    ("AUC", {"num_thresholds": 20, "multi_label": True}, "binary"),
    ("AUC", {"num_thresholds": 20, "from_logits": True}, "binary scores"),
    ("SensitivityAtSpecificity", {"specificity": 0.5}, "binary"),
    ("SpecificityAtSensitivity", {"sensitivity": 0.5, "num_thresholds": 30}, "binary"),
    ("PrecisionAtRecall", {"recall": 0.6}, "binary"),
    ("RecallAtPrecision", {"precision": 0.4}, "binary"),
    ("F1Score", {}, "one hot"),
    ("F1Score", {"average": "macro"}, "one hot"),
    ("FBetaScore", {"beta": 2.0, "average": "micro", "threshold": 0.4}, "binary"),
    ("FBetaScore", {"beta": 0.5, "average": "weighted"}, "one hot"),
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 2]}, "class numbers"),
    ("MeanIoU", {"num_classes": 4}, "class numbers"),
    ("MeanIoU", {"num_classes": 4, "ignore_class": 1}, "class numbers"),
    ("BinaryIoU", {"target_class_ids": [0, 1], "threshold": 0.4}, "binary"),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [1, 3]}, "one hot"),
    ("OneHotMeanIoU", {"num_classes": 4}, "one hot"),
    ("PearsonCorrelation", {}, "numbers"),
    ("ConcordanceCorrelation", {}, "numbers"),
    ("SparseTopKCategoricalAccuracy", {"k": 3, "from_sorted_ids": True}, "ranked"),
]
WEIGHTLESS = ("PearsonCorrelation", "ConcordanceCorrelation", "IoU", "MeanIoU", "BinaryIoU")


def batches(number):
    """What a metric is given, three times; the last time with weights."""
    kind, rng = METRICS[number][2], draws("metric", number)
    for k in range(3):
        numbers = (rng.normal(size=6).astype("float32"),)
        given = numbers if kind == "values" else labels_and_predictions(kind, rng)
        weight = rng.uniform(0.5, 2, 6).astype("float32")
        yield (
            given,
            weight if k == 2 and METRICS[number][0].removeprefix("OneHot") not in WEIGHTLESS else None,
        )
