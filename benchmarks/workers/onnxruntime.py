"""ONNX Runtime, inference only: the PyTorch worker's model, exported; it folds batch normalisation itself."""

from __future__ import annotations

import io

import numpy as np
import onnxruntime
import torch

from workers.protocol import Trainer, serve
from workers.torch import network
from workloads import Array, Workload


def exported(workload: Workload, x: Array) -> bytes:
    """The model as an ONNX file."""
    file = io.BytesIO()
    model = network(workload).eval()
    torch.onnx.export(
        model, (torch.from_numpy(x),), file, input_names=["x"], output_names=["y"], dynamo=False
    )
    return file.getvalue()


def build(workload: Workload, variant: str, threads: int) -> Trainer:
    del variant  # there is one way
    if workload.optimizer is not None or not workload.is_image:
        raise NotImplementedError(f"workers.onnxruntime: runs pictures through models; got {workload.name}")
    x, y = workload.data()
    x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(exported(workload, x), options, providers=["CPUExecutionProvider"])

    def predict() -> Array:
        return session.run(["y"], {"x": x})[0]

    def loss() -> float:
        scores = torch.from_numpy(predict())
        return float(torch.nn.functional.cross_entropy(scores, torch.from_numpy(y.astype(np.int64))))

    return Trainer(predict, loss, {"onnxruntime": onnxruntime.__version__})


if __name__ == "__main__":
    serve(build)
