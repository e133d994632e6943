from benchmarks.workloads import WORKLOADS


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


def test_data_fit_the_model():
    for workload in WORKLOADS.values():
        x, y = workload.data()
        assert x.shape == (workload.batch, *workload.input)
        assert len(y) == workload.batch
