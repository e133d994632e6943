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


def test_memory_of_a_training_step_is_known_before_it():
    model = classifier(run_eagerly=False)
    memory = model.memory(batch=10)
    assert memory["weights"] == 67 * 4
    assert memory["optimizer"] == sum(v.array.nbytes for v in model.optimizer.variables)
    for batch in (1, 10, 33):
        x, y = blobs(batch)
        model.train_on_batch(x, y)
        executable = model.train_step._one_program("test").executable
        assert executable.lengths == {"batch": batch}
        assert executable.plan.arena.nbytes({"batch": batch}) == model.memory(batch=batch)["arena"]
    assert model.train_step.compiles == 1
    assert memory.total == sum(memory.values())
