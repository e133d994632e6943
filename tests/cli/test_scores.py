"""What is said about scores is true."""

import numpy as np

from wengert.cli.scores import accuracy, probabilities, show_accuracy


def test_accuracy_counts_rows_whose_highest_score_is_right():
    scores = np.array([[1, 2, 0], [5, 2, 0], [0, 0, 9], [-1, -2, -3]])
    assert accuracy(scores, np.array([1, 0, 2, 2])) == 0.75


def test_accuracy_is_shown_with_what_it_is_of(capsys):
    show_accuracy("digits", 0.981, 1000)
    assert capsys.readouterr().out == "accuracy: 98.10 % of 1,000 test images of digits (981 right)\n"


def test_logits_become_probabilities_without_overflow():
    got = probabilities(np.array([[1000.0, 1000.0], [0.0, np.log(3)]]))
    np.testing.assert_allclose(got, [[0.5, 0.5], [0.25, 0.75]])


def test_probabilities_stay_as_they_are(rng):
    shares = rng.dirichlet(np.ones(10), 20).astype(np.float32)
    np.testing.assert_array_equal(probabilities(shares), shares)
