"""TensorBoard: event files for the viewer of that name, written through tensorboardX."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.base.errors import UsageError, ValueRangeError
from wengert.base.extras import extra
from wengert.base.files import require_path
from wengert.ir.types import TensorType
from wengert.train.callbacks.callback import Callback, Logs

if TYPE_CHECKING:
    from wengert.ir.graph import Graph

Array = np.ndarray[Any, Any]


class TensorBoard(Callback):
    """Write what TensorBoard shows: `tensorboard --logdir logs`.

    Scalars are `epoch_loss`, ..., in two runs, `train` and `validation`. Training that is resumed goes on with the same
    curves.

    Args:
        log_dir: the folder of event files.
        histogram_freq: each so many epochs, histograms of all weights; 0: none.
        write_graph: the graph of a prediction, once.
        write_images: weights as pictures, with the histograms.
        write_steps_per_second: how fast training is.
        update_freq: "epoch"; or "batch", or a number of steps, after which `batch_loss`, ... are written, too.

    Raises:
        MissingExtraError: tensorboardX is not installed.
    """

    kept = ("steps",)

    def __init__(
        self,
        log_dir: str | Path = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
    ) -> None:
        if update_freq not in ("epoch", "batch") and (not isinstance(update_freq, int) or update_freq < 1):
            raise ValueRangeError(
                f'TensorBoard: update_freq must be "epoch", "batch" or a positive int; got {update_freq!r}.'
            )
        require_path("TensorBoard", log_dir)
        self.log_dir, self.histogram_freq = Path(log_dir), histogram_freq
        self.write_graph, self.write_images = write_graph, write_images
        self.write_steps_per_second = write_steps_per_second
        names = {"epoch": 0, "batch": 1}
        self.every = names[update_freq] if isinstance(update_freq, str) else update_freq
        self.steps = 0
        self._make = _writer_class()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.steps, self._drawn = 0, False
        self._writers: dict[str, Any] = {}

    def _writer(self, run: str) -> Any:
        """The writer of "train" or "validation"; its file is closed when training ends, in whichever way."""
        if run not in self._writers:
            self._writers[run] = self._make(str(self.log_dir / run))
            self.training.enter(_Closing(self._writers[run]))
        return self._writers[run]

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._begun, self._first = time.perf_counter(), self.steps

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.steps += 1
        if self.every and self.steps % self.every == 0:
            for name, value in (logs or {}).items():
                self._writer("train").add_scalar(f"batch_{name}", value, self.steps)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        train = self._writer("train")
        for name, value in (logs or {}).items():
            validation = name.startswith("val_")
            writer = self._writer("validation") if validation else train
            writer.add_scalar(f"epoch_{name.removeprefix('val_')}", value, epoch)
        train.add_scalar("epoch_learning_rate", float(self.model.optimizer.current_learning_rate()), epoch)
        if self.write_steps_per_second:
            rate = (self.steps - self._first) / max(time.perf_counter() - self._begun, 1e-9)
            train.add_scalar("epoch_steps_per_second", rate, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.write_graph and not self._drawn:
            self._drawn = True
            _add_graph(train, self.model.step("predict").traced().graph)
        for writer in self._writers.values():
            writer.flush()

    def _write_weights(self, epoch: int) -> None:
        for name, v in self.model.named_variables.items():
            if np.dtype(v.array.dtype).kind not in "fV" or not v.array.size:
                continue
            values = v.array.astype(np.float32)
            self._writer("train").add_histogram(f"{name}/histogram", values, epoch)
            picture = as_picture(values) if self.write_images else None
            if picture is not None:
                self._writer("train").add_image(f"{name}/image", picture, epoch, dataformats="HWC")


class _Closing:
    """A context that closes a writer."""

    def __init__(self, writer: Any) -> None:
        self.writer = writer

    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None:
        self.writer.close()


def as_picture(values: Array) -> Array | None:
    """Weights as grey levels [height, width, 1], 0..1: a matrix as it is, kernels of a convolution side by side."""
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim == 4:  # [height, width, in, out]: a row of tiles for each input channel
        h, w, channels, filters = values.shape
        values = values.transpose(2, 0, 3, 1).reshape(channels * h, filters * w)
    if values.ndim != 2:
        return None
    low, high = values.min(), values.max()
    grey: Array = ((values - low) / max(high - low, 1e-12))[..., None]
    return grey


def _writer_class() -> Any:
    with extra("TensorBoard", "tensorboardX", "tensorboard"):
        from tensorboardX import SummaryWriter
    return SummaryWriter


def _add_graph(writer: Any, graph: Graph) -> None:
    """The graph, as TensorFlow describes one: a node for each step, with its shape."""
    from tensorboardX.proto.attr_value_pb2 import AttrValue
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.proto.graph_pb2 import GraphDef
    from tensorboardX.proto.node_def_pb2 import NodeDef
    from tensorboardX.proto.tensor_shape_pb2 import TensorShapeProto
    from tensorboardX.proto.versions_pb2 import VersionDef

    def shape_of(t: TensorType) -> Any:
        dims = [TensorShapeProto.Dim(size=d if isinstance(d, int) else -1) for d in t.shape]
        return AttrValue(list=AttrValue.ListValue(shape=[TensorShapeProto(dim=dims)]))

    names: dict[Any, str] = {}
    nodes = []
    for k, node in enumerate(graph.nodes):
        kind = "Const" if node.primitive is None else str(node.primitive)
        place = node.name or f"{kind}_{k}"
        names[node] = place if place not in names.values() else f"{place}_{k}"
        given = [names[i] for i in node.inputs]
        kind = "Placeholder" if node.primitive is None and node.value is None else kind
        shapes = {} if isinstance(node.type, tuple) else {"_output_shapes": shape_of(node.type)}
        nodes.append(NodeDef(name=names[node], op=kind, input=given, attr=shapes))
    if not nodes:
        raise UsageError("TensorBoard: the model must compute something to be drawn; its graph is empty.")
    described = GraphDef(node=nodes, versions=VersionDef(producer=22))
    writer.file_writer.add_event(Event(graph_def=described.SerializeToString()))
