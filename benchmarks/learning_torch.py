"""Learn a job of `learning.py` in PyTorch: `learning_torch.py KIND JOB.npz FOUND.npz`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

Weights = Iterator[torch.Tensor]


class CharLSTM(nn.Module):
    """Embedding, two LSTMs, scores. The second of PyTorch's two biases stays 0: there is only one."""

    def __init__(self, w: Weights) -> None:
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(next(w), freeze=False)
        self.lstms = nn.ModuleList()
        for _ in range(2):
            kernel, recurrent, bias = next(w), next(w), next(w)
            lstm = nn.LSTM(len(kernel), len(recurrent), batch_first=True)
            for name, value in {
                "weight_ih_l0": kernel.T,
                "weight_hh_l0": recurrent.T,
                "bias_ih_l0": bias,
            }.items():
                getattr(lstm, name).data.copy_(value)
            lstm.bias_hh_l0.data.zero_()
            lstm.bias_hh_l0.requires_grad_(False)
            self.lstms.append(lstm)
        self.scores = dense(next(w), next(w))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.embedding(x)
        for lstm in self.lstms:
            x = lstm(x)[0]
        return self.scores(x).flatten(0, 1)


def dense(kernel: torch.Tensor, bias: torch.Tensor) -> nn.Linear:
    made = nn.Linear(*kernel.shape)
    made.weight.data.copy_(kernel.T)
    made.bias.data.copy_(bias)
    return made


def convolution(w: Weights, stride: int = 1) -> nn.Sequential:
    """Convolution and normalisation."""
    kernel = next(w).permute(3, 2, 0, 1)
    filters, channels = kernel.shape[:2]
    conv = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
    conv.weight.data.copy_(kernel)
    norm = nn.BatchNorm2d(filters, eps=1e-5, momentum=0.1)
    for part in (norm.weight.data, norm.bias.data, norm.running_mean, norm.running_var):
        part.copy_(next(w))
    return nn.Sequential(conv, norm)


class Block(nn.Module):
    """Two convolutions, added to what comes in, with zeros for the channels that are missing."""

    def __init__(self, w: Weights, stride: int, missing: int) -> None:
        super().__init__()
        self.first, self.second = convolution(w, stride), convolution(w)
        self.stride, self.missing = stride, missing

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.second(torch.relu(self.first(x)))
        x = x[:, :, :: self.stride, :: self.stride]
        half = self.missing // 2
        return torch.relu(y + nn.functional.pad(x, (0, 0, 0, 0, half, self.missing - half)))


class ResNet20(nn.Module):
    """Nine blocks of 16, 32 and 64 channels."""

    def __init__(self, w: Weights) -> None:
        super().__init__()
        self.stem = convolution(w)
        blocks, before = [], 16
        for filters in (16, 32, 64):
            for k in range(3):
                blocks.append(Block(w, 2 if filters > 16 and not k else 1, filters - before))
                before = filters
        self.blocks = nn.Sequential(*blocks)
        self.scores = dense(next(w), next(w))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.stem(x.permute(0, 3, 1, 2)))
        return self.scores(self.blocks(x).mean((2, 3)))


def main(kind: str, given: str, found: str) -> None:
    torch.set_num_threads(2)
    with np.load(given) as file:
        job = {k: torch.from_numpy(file[k]) for k in file.files}
    weights = iter([v for k, v in job.items() if k.startswith("weight/")])
    model: Any = {"lstm": CharLSTM, "resnet": ResNet20}[kind](weights)
    assert next(weights, None) is None
    trained = [p for p in model.parameters() if p.requires_grad]
    if kind == "lstm":
        optimizer: Any = torch.optim.Adam(trained, 1e-3, eps=1e-12)
    else:
        optimizer = torch.optim.SGD(trained, 0.1, momentum=0.9)
    losses = []
    for x, y in zip(job["x"], job["y"], strict=True):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y.flatten())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        parts = zip(job["held_x"].split(64), job["held_y"].split(64), strict=True)
        held = [nn.functional.cross_entropy(model(x), y.flatten(), reduction="sum").item() for x, y in parts]
    np.savez(found, losses=np.array(losses), held=sum(held) / job["held_y"].numel())


if __name__ == "__main__":
    main(*sys.argv[1:])
