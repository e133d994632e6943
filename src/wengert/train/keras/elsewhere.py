"""What Keras has and Wengert has not, and what does the same here: what the error about a missing name says."""

from __future__ import annotations

_FRAMEWORK = "There is one framework here: write it as a layer of Wengert's operations (docs/add_a_layer.md)."
_QUANTIZED = "Nothing is quantized here; float16 and bfloat16 are there: wg.mixed_precision."
_STATE = (
    "State is in variables, and everything is compiled as it is: call the layer, wg.grad and the optimizer."
)

ELSEWHERE = {
    "Quantizer": _QUANTIZED,
    "StatelessScope": _STATE,
    "SymbolicScope": _STATE,
    "applications": "wg.zoo has networks, without weights; weights are read by load_weights, from .weights.h5, too.",
    "callbacks.OrbaxCheckpoint": "Use wg.callbacks.ModelCheckpoint or BackupAndRestore.",
    "callbacks.RemoteMonitor": "Nothing here sends data of yours; write a wg.callbacks.LambdaCallback.",
    "datasets.boston_housing": "wg.datasets.diabetes is a regression, too; wg.datasets.catalogue() lists all.",
    "datasets.california_housing": "wg.datasets.diabetes is a regression, too; wg.datasets.catalogue() lists all.",
    "datasets.reuters": "wg.datasets.imdb has texts in two classes; wg.datasets.catalogue() lists all.",
    "distillation": "Write it as a wg.Model with a compute_loss of its own, which calls the teacher.",
    "distribution": "Several processes train one model by wg.distribute.",
    "dtype_policies.DTypePolicyMap": "Give each layer its dtype.",
    "export": "model.save writes a file that is read without code; wg.models.model_from_json has no weights.",
    "layers.FlaxLayer": _FRAMEWORK,
    "layers.JaxLayer": _FRAMEWORK,
    "layers.TFSMLayer": _FRAMEWORK,
    "layers.TorchModuleWrapper": _FRAMEWORK,
    "legacy": "What is old in Keras is not here.",
    "quantizers": _QUANTIZED,
    "saving.KerasFileEditor": "Files are read by load_model and load_weights(partial=True), which say what fits.",
    "utils.FeatureSpace": "Use preprocessing layers: Normalization, StringLookup, Discretization, HashedCrossing, ...",
    "utils.bounding_boxes": "Boxes are arrays; compute with them by wg.ops.",
    "visualization": "model.summary(), wg.utils.plot_model and history.plot() draw models and training.",
}


def hint(name: str) -> str:
    """What to use instead of a name of Keras's, as `layers.JaxLayer`; nothing where it is none."""
    said = ELSEWHERE.get(name, "")
    return f" {said}" if said else ""
