"""Pictures and tables of models tell every layer, every line and every number that was worked out by hand."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import UsageError

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def model():
    x, z = wg.Input((8, 8, 1), name="image"), wg.Input((4,), name="meta")
    conv = wg.layers.Conv2D(2, 3, padding="same", activation="relu", name="conv")(x)
    flat = wg.layers.Flatten(name="flat")(conv + x)
    return wg.Model([x, z], wg.layers.Dense(3, name="<scores>")(wg.concatenate([flat, z], axis=-1)))


def test_every_layer_is_a_box_and_every_use_a_line(model, tmp_path):
    path = wg.models.plot_model(model, tmp_path / "m.svg", show_shapes=True, show_layer_activations=True)
    root = ET.parse(path).getroot()
    texts = [t.text for t in root.iter(f"{SVG}text")]
    assert {"image (InputLayer)", "conv (Conv2D)", "<scores> (Dense)", "relu", "[batch,3]"} <= set(texts)
    # image -> conv, conv -> flat, image -> flat, flat -> scores, meta -> scores
    assert len(list(root.iter(f"{SVG}polyline"))) == 5


def test_boxes_do_not_overlap(model, tmp_path):
    root = ET.parse(wg.models.plot_model(model, tmp_path / "m.svg")).getroot()
    boxes = [
        tuple(float(r.get(k)) for k in ("x", "y", "width", "height"))
        for r in root.iter(f"{SVG}rect")
        if r.get("rx")
    ]
    for k, (x, y, w, h) in enumerate(boxes):
        for u, v, a, b in boxes[k + 1 :]:
            assert x + w <= u or u + a <= x or y + h <= v or v + b <= y


def test_graphviz_reads_names_in_quotes(model, tmp_path):
    text = wg.models.plot_model(model, tmp_path / "m.dot").read_text()
    assert '"image" -> "conv";' in text
    assert '"flat" -> "<scores>";' in text


def test_a_png_is_a_picture_of_the_boxes(model, tmp_path):
    image = pytest.importorskip("PIL.Image")
    path = wg.models.plot_model(model, tmp_path / "m.png", dpi=96)
    pixels = np.asarray(image.open(path).convert("RGB"))
    assert pixels.shape[0] > 100
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 5


def test_another_format_is_refused(model, tmp_path):
    with pytest.raises(UsageError, match=r"to_file must end in .svg, .dot, .png; got .*test_plot.py"):
        wg.models.plot_model(model, tmp_path / "m.gif")


def test_flops_are_those_counted_by_hand(model):
    told = []
    model.summary(print_fn=told.append)
    conv = 2 * 8 * 8 * 2 * (3 * 3 * 1) + 2 * 8 * 8 * 2  # products, then bias and relu
    dense = 2 * 132 * 3 + 3
    assert f"FLOPs of a sample, forward: {(conv + dense) / 1000:.3g} k" in told[0]
    assert "conv+image" in told[0]


def test_flops_of_a_sequence_are_a_formula_in_its_length():
    told = []
    wg.Sequential([wg.Input((None, 8), name="series"), wg.layers.SimpleRNN(4)]).summary(print_fn=told.append)
    assert "*series_1" in told[0]


def test_nested_models_open_where_wanted():
    x = wg.Input((3,))
    outer = wg.Model(x, wg.Sequential([wg.Input((3,)), wg.layers.Dense(2, name="within")], name="inner")(x))
    closed, opened = [], []
    outer.summary(print_fn=closed.append)
    outer.summary(print_fn=opened.append, expand_nested=True, show_trainable=True)
    assert "within" not in closed[0]
    assert "  within (Dense)" in opened[0]


def test_no_line_goes_through_a_box(tmp_path):
    x = wg.Input((8,))
    shared = wg.layers.Dense(8, name="a_layer_of_a_long_name")
    first = shared(x)
    second = wg.layers.ReLU()(first)
    third = wg.layers.Dense(8, name="another_long_name")(second)
    model = wg.Model(x, wg.layers.Add()([x, first, second, third]))
    root = ET.parse(wg.models.plot_model(model, tmp_path / "m.svg")).getroot()
    boxes = [
        [float(r.get(k)) for k in ("x", "y", "width", "height")]
        for r in root.iter(f"{SVG}rect")
        if r.get("rx")
    ]
    lines = [
        [tuple(map(float, point.split(","))) for point in line.get("points").split()]
        for line in root.iter(f"{SVG}polyline")
    ]
    assert len(lines) == 7
    points = [point for line in lines for point in line]
    assert not any(x < u < x + w and y + 0.1 < v < y + h - 0.1 for u, v in points for x, y, w, h in boxes)
    assert len({line[-1] for line in lines}) == 7, "two arrows end at the same place"
    width, height = (float(root.get(k)) for k in ("width", "height"))
    assert all(0 < u < width and 0 < v < height for u, v in points)
    assert all(x > 0 and x + w < width for x, _, w, _ in boxes)
