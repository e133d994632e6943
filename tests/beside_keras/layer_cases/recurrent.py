"""Recurrent layers, their cells, and layers around them."""

from tests.beside_keras.layer_cases.case import Case, Lengths, Made

X = (3, 5, 2)
CASES = [
    Case("SimpleRNN", {"units": 4}, X),
    Case("LSTM", {"units": 4, "return_sequences": True}, X),
    Case("LSTM", {"units": 4}, X, {"mask": Lengths((3, 5))}),
    Case("LSTM", {"units": 4, "return_state": True}, X, {"initial_state": [(3, 4), (3, 4)]}),
    Case("GRU", {"units": 4, "go_backwards": True}, X),
    Case("GRU", {"units": 4, "reset_after": False}, X),
    Case("RNN", {"cell": Made("LSTMCell", {"units": 3})}, X),
    Case("Bidirectional", {"layer": Made("GRU", {"units": 3, "return_sequences": True})}, X),
    Case("TimeDistributed", {"layer": Made("Dense", {"units": 3})}, X),
]
