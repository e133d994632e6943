"""A language model of characters: recurrent layers that guess the next character at every step."""

import wengert as wg

CELLS = {"rnn": wg.layers.SimpleRNN, "lstm": wg.layers.LSTM, "gru": wg.layers.GRU}


def char_rnn(
    vocabulary: int = 96,
    cell: str = "lstm",
    *,
    embedding: int = 128,
    units: int = 256,
    depth: int = 2,
    dropout: float = 0.0,
) -> wg.Sequential:
    """Embedding, `depth` recurrent layers, and one score (logit) a character at every step.

    Args:
        vocabulary: how many characters there are.
        cell: "rnn", "lstm" or "gru".
        embedding, units: lengths of the vectors of characters and of the states.
        dropout: share of the values dropped before each recurrent layer, in [0, 1).

    Shapes:
        x [batch, time] of integers  ->  logits [batch, time, vocabulary], for any time

    Source:
        A. Karpathy, "The unreasonable effectiveness of recurrent neural networks", 2015.
    """
    if cell not in CELLS:
        raise wg.errors.ValueRangeError(f"char_rnn: cell must be one of {', '.join(CELLS)}; got {cell!r}.")
    layers = [wg.Input((None,), dtype="int64"), wg.layers.Embedding(vocabulary, embedding)]
    for _ in range(depth):
        layers += [wg.layers.Dropout(dropout), CELLS[cell](units, return_sequences=True)]
    return wg.Sequential([*layers, wg.layers.Dense(vocabulary)])
