"""PyTorch with the optimizer's fused update. Variants: contiguous, channels_last (images only), compile.

The first two are eager; `compile` is `torch.compile`, contiguous, which needs a C++ compiler.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from layers import Conv2D, Dense, Flatten, Layer, MaxPool, Shape
from workers.protocol import Trainer, serve
from workers.torch_blocks import block
from workloads import SGD, Adam, Array, Workload

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}
LOSSES = {"softmax_cross_entropy": nn.CrossEntropyLoss, "mean_squared_error": nn.MSELoss}


def modules(layer: Layer, x: Shape) -> list[nn.Module]:
    """The modules of one layer, its weights not yet set."""
    match layer:
        case Dense(units, activation):
            made: list[nn.Module] = [nn.Linear(x[-1], units)]
        case Conv2D(filters, size, activation, same):
            made = [nn.Conv2d(x[-1], filters, size, padding=size // 2 if same else 0)]
        case MaxPool(size):
            made, activation = [nn.MaxPool2d(size)], None
        case Flatten():
            made, activation = [nn.Flatten()], None
        case _:
            raise NotImplementedError(f"workers.torch: {layer}")
    return made + ([ACTIVATIONS[activation]()] if activation else [])


def kernel(w: Array, before_flatten: Shape | None) -> Array:
    """A kernel in PyTorch's order of axes; after a Flatten, the rows are put from HWC into CHW order."""
    if w.ndim == 4:
        return w.transpose(3, 2, 0, 1)
    if before_flatten is not None:
        w = w.reshape(*before_flatten, -1).transpose(2, 0, 1, 3).reshape(w.shape)
    return w.T


def network(workload: Workload) -> nn.Sequential:
    """The model, with the workload's initial weights."""
    weights, made = iter(workload.initial_weights()), []
    flattened: Shape | None = None
    for layer, x in workload.inputs():
        mine = [next(weights) for _ in layer.weights(x)]
        whole = block(layer, x, mine)
        if whole is not None:
            made.append(whole)
            continue
        made += modules(layer, x)
        if isinstance(layer, Flatten):
            flattened = x
        if mine:
            target = next(m for m in reversed(made) if isinstance(m, nn.Linear | nn.Conv2d))
            with torch.no_grad():
                target.weight.copy_(torch.from_numpy(kernel(mine[0], flattened).copy()))
                target.bias.copy_(torch.from_numpy(mine[1]))
            flattened = None
    return nn.Sequential(*made)


def optimizer(rule: SGD | Adam, model: nn.Module) -> torch.optim.Optimizer:
    match rule:
        case Adam(rate, beta1, beta2, epsilon):
            trained = [p for p in model.parameters() if p.requires_grad]
            return torch.optim.Adam(trained, rate, (beta1, beta2), epsilon, fused=True)
        case SGD(rate):
            return torch.optim.SGD(model.parameters(), rate, fused=True)


def build(workload: Workload, variant: str, threads: int) -> Trainer:
    torch.set_num_threads(threads)
    model, (x, y) = network(workload), workload.data()
    if workload.is_image:
        x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    inputs = torch.from_numpy(x if workload.symbols is None else x.astype(np.int64))
    targets = torch.from_numpy(y if y.dtype == np.float32 else y.astype(np.int64))
    if variant == "channels_last":
        model, inputs = (
            model.to(memory_format=torch.channels_last),
            inputs.contiguous(memory_format=torch.channels_last),
        )
    if variant == "compile":
        model = torch.compile(model)
    classes = workload.loss == "softmax_cross_entropy"
    goals = targets.flatten() if classes else targets
    criterion = LOSSES[workload.loss]()
    versions = {"torch": torch.__version__}
    if workload.optimizer is None:
        predict = torch.inference_mode()(model.eval())
        return Trainer(lambda: predict(inputs), lambda: float(criterion(predict(inputs), goals)), versions)
    update = optimizer(workload.optimizer, model)

    def step() -> torch.Tensor:
        update.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=workload.precision == "mixed"):
            out = model(inputs)
            loss: torch.Tensor = criterion(out.flatten(0, -2) if classes else out, goals)
        loss.backward()
        update.step()
        return loss.detach()

    return Trainer(step, lambda: float(step()), versions)


if __name__ == "__main__":
    serve(build)
