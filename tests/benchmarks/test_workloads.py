import math

import pytest
from workloads import WORKLOADS


def test_flops_of_the_mlp():
    """Two passes over the first layer (no gradient of the data), three over the others."""
    expected = 2 * 128 * (2 * 784 * 512 + 3 * 512 * 512 + 3 * 512 * 10)
    assert WORKLOADS["mlp"].flops() == expected


def test_flops_of_the_lenet():
    first, second = 26 * 26 * 32 * 9, 24 * 24 * 64 * 9 * 32
    expected = 2 * 128 * (2 * first + 3 * (second + 12 * 12 * 64 * 128 + 128 * 10))
    assert WORKLOADS["lenet"].flops() == expected


def test_the_lenet_has_keras_parameter_count():
    """1,199,882 is what Keras's summary prints for this model."""
    assert sum(w.size for w in WORKLOADS["lenet"].initial_weights()) == 1_199_882


@pytest.mark.parametrize(
    ("name", "count"),
    [("resnet18", 11_689_512), ("resnet50_inference", 25_557_032), ("vgg16_inference", 138_357_544)],
)
def test_the_large_models_have_the_parameter_counts_of_torchvision(name, count):
    shapes = [w for layer, x in WORKLOADS[name].inputs() for w in layer.weights(x)]
    assert sum(math.prod(w) for w in shapes) == count


def test_inference_counts_the_forward_pass():
    """4.09 billion multiply-adds, as He et al. have it (4.1, in a newer form of the network)."""
    assert WORKLOADS["resnet50_inference"].flops() == pytest.approx(2 * 4.09e9, rel=1e-3)


def test_data_fit_the_model():
    for workload in WORKLOADS.values():
        x, y = workload.data()
        assert x.shape == (workload.batch, *workload.input)
        assert len(y) == workload.batch
