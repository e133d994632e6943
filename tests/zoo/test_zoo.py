"""Every network of the zoo takes what it says and gives what it says."""

import numpy as np
import pytest

from wengert import zoo


@pytest.mark.parametrize("name", sorted(zoo.by_name))
@pytest.mark.parametrize(("shape", "classes"), [((28, 28, 1), 10), ((12, 9, 3), 4)])
def test_scores_have_one_column_a_class(name, shape, classes, rng):
    model = zoo.by_name[name](shape, classes, dropout=0.5)
    x = rng.random((5, *shape), np.float32)
    scores = np.asarray(model.predict(x, verbose=0))
    assert scores.shape == (5, classes)
    assert np.isfinite(scores).all()


def test_lenet_has_the_layers_that_the_benchmarks_name():
    kinds = [type(layer).__name__ for layer in zoo.lenet().layers if type(layer).__name__ != "Dropout"]
    assert kinds == ["Conv2D", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense"]
    assert sum(int(np.prod(w.shape)) for w in zoo.lenet().get_weights()) == 1_199_882


def test_mlp_has_a_dense_layer_for_each_length():
    weights = zoo.mlp((784,), 10, units=(30, 20)).get_weights()
    assert [w.shape for w in weights] == [(784, 30), (30,), (30, 20), (20,), (20, 10), (10,)]
