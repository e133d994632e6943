"""Recurrent layers, their cells, and layers around them."""

from tests.beside_keras.layer_cases.case import Bits, Case, Lengths, Made

X = (3, 5, 2)
SHORT = {"mask": Lengths((3, 5))}
GAPS = {"mask": Bits((3, 5))}
SEQUENCES, STATE = {"return_sequences": True}, {"return_state": True}
HARD = {"activation": "relu", "recurrent_activation": "hard_sigmoid"}
L2 = Made("L2", {"l2": 0.1}, "regularizers")
STACK = Made("StackedRNNCells", {"cells": [Made("GRUCell", {"units": 3}), Made("LSTMCell", {"units": 4})]})


def gru(**arguments):
    return Made("GRU", {"units": 3, **arguments})


CASES = [
    Case("SimpleRNN", {"units": 4}, X),
    Case("SimpleRNN", {"units": 4, "activation": "relu", "use_bias": False, **SEQUENCES}, X),
    Case("SimpleRNN", {"units": 4, "go_backwards": True, **STATE}, X, SHORT),
    Case("SimpleRNN", {"units": 4, "unroll": True, **SEQUENCES}, X, {"initial_state": [(3, 4)]}),
    Case("LSTM", {"units": 4, **SEQUENCES}, X),
    Case("LSTM", {"units": 4}, X, SHORT),
    Case("LSTM", {"units": 4, **STATE}, X, {"initial_state": [(3, 4), (3, 4)]}),
    Case("LSTM", {"units": 4, **HARD, "unit_forget_bias": False}, X),
    Case("LSTM", {"units": 4, "use_bias": False, "go_backwards": True, **SEQUENCES, **STATE}, X, GAPS),
    Case("LSTM", {"units": 4, "zero_output_for_mask": True, **SEQUENCES}, X, GAPS),
    Case("LSTM", {"units": 4, "dropout": 0.5, "recurrent_dropout": 0.5}, X),
    Case("GRU", {"units": 4, "go_backwards": True}, X),
    Case("GRU", {"units": 4, "reset_after": False}, X),
    Case("GRU", {"units": 4, "reset_after": False, "use_bias": False, **SEQUENCES}, X, SHORT),
    Case("GRU", {"units": 4, **HARD, **SEQUENCES, **STATE}, X, GAPS),
    Case("GRU", {"units": 4, "use_bias": False, "zero_output_for_mask": True, **SEQUENCES}, X, GAPS),
    Case("LSTM", {"units": 4, "kernel_regularizer": L2, "recurrent_regularizer": "l1", "bias_regularizer": L2}, X),
    Case("ConvLSTM1D", {"filters": 2, "kernel_size": 2, "recurrent_regularizer": L2}, (2, 3, 7, 2)),
    Case("SimpleRNNCell", {"units": 4}, (3, 2), {"states": [(3, 4)]}),
    Case("LSTMCell", {"units": 4}, (3, 2), {"states": [(3, 4), (3, 4)]}),
    Case("GRUCell", {"units": 4}, (3, 2), {"states": [(3, 4)]}),
    Case("RNN", {"cell": Made("LSTMCell", {"units": 3})}, X),
    Case("RNN", {"cell": Made("GRUCell", {"units": 3}), "go_backwards": True, **SEQUENCES}, X, GAPS),
    Case("RNN", {"cell": STACK}, X),
    Case("RNN", {"cell": STACK, **SEQUENCES, **STATE}, X),
    Case("RNN", {"cell": STACK, "zero_output_for_mask": True, **SEQUENCES}, X, GAPS),
    Case("RNN", {"cell": [Made("LSTMCell", {"units": 3}), Made("LSTMCell", {"units": 2})]}, X, SHORT),
    Case("StackedRNNCells", STACK.arguments, (3, 2), {"states": [[(3, 3)], [(3, 4), (3, 4)]]}),
    Case("Bidirectional", {"layer": gru(**SEQUENCES)}, X),
    Case("Bidirectional", {"layer": gru(), "merge_mode": "sum"}, X, SHORT),
    Case("Bidirectional", {"layer": gru(**SEQUENCES), "merge_mode": "mul"}, X, GAPS),
    Case("Bidirectional", {"layer": gru(), "merge_mode": "ave"}, X),
    Case("Bidirectional", {"layer": gru(**SEQUENCES, **STATE), "merge_mode": None}, X),
    Case("Bidirectional", {"layer": Made("LSTM", {"units": 3}), "backward_layer": gru(go_backwards=True)}, X),
    Case("Bidirectional", {"layer": gru(**STATE)}, X, {"initial_state": [(3, 3), (3, 3)]}),
    Case("Bidirectional", {"layer": Made("RNN", {"cell": STACK, **SEQUENCES})}, X),
    Case("TimeDistributed", {"layer": Made("Dense", {"units": 3})}, X),
    Case("TimeDistributed", {"layer": Made("Conv2D", {"filters": 3, "kernel_size": 2})}, (2, 3, 4, 4, 2)),
    Case("TimeDistributed", {"layer": Made("LSTM", {"units": 3})}, (2, 3, 4, 2), {"mask": Bits((2, 3, 4))}),
    Case("ConvLSTM1D", {"filters": 3, "kernel_size": 3}, (2, 4, 7, 2)),
    Case("ConvLSTM1D", {"filters": 3, "kernel_size": 2, "strides": 2, "padding": "same", **SEQUENCES}, (2, 3, 7, 2)),
    Case("ConvLSTM1D", {"filters": 2, "kernel_size": 2, "dilation_rate": 2, **STATE}, (2, 3, 7, 2)),
    Case("ConvLSTM2D", {"filters": 3, "kernel_size": 3, "padding": "same", **SEQUENCES}, (2, 3, 5, 4, 2)),
    Case("ConvLSTM2D", {"filters": 2, "kernel_size": [2, 3], "use_bias": False, "go_backwards": True}, (2, 3, 5, 6, 2)),
    Case("ConvLSTM2D", {"filters": 2, "kernel_size": 2, "strides": 2, **HARD, **STATE, **SEQUENCES}, (2, 3, 6, 6, 1)),
    Case("ConvLSTM3D", {"filters": 2, "kernel_size": 2}, (1, 2, 4, 4, 4, 1)),
    Case("ConvLSTM3D", {"filters": 2, "kernel_size": 2, "padding": "same", **SEQUENCES}, (1, 2, 3, 4, 2, 2)),
]  # fmt: skip
