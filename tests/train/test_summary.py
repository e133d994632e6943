"""The summary tells layers, shapes and parameters."""

from tests.train.models import blobs, classifier


def test_summary_lists_layers_and_totals(capsys):
    model = classifier(run_eagerly=False)
    model.train_on_batch(*blobs(4))
    model.summary()
    out = capsys.readouterr().out
    assert "hidden (Dense)" in out
    assert "f32[batch,8]" in out
    assert "f32[batch,3]" in out
    assert "Parameters: 67 (268 B)" in out
    assert "Trainable: 67" in out
    assert "Optimizer state: 135" in out
    assert "Memory of a training step" in out
