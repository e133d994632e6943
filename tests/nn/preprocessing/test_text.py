"""Vocabularies, hashes and text: learned, saved, inverted, and kept out of compiled programs."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, FormatError, UsageError
from wengert.nn import layers
from wengert.nn.preprocessing.fingerprint import farm, sip

WORDS = ["cat", "dog", "cat", "emu"]
TEXT = ["The cat sat.", "the dog"]


def config_of(layer):
    """The layer, made again of what a file would hold."""
    return type(layer).from_config(layer.config())


@pytest.mark.parametrize(
    ("layer", "data", "asked"),
    [
        (layers.StringLookup(), WORDS, ["emu", "newt"]),
        (layers.StringLookup(mask_token="", output_mode="tf_idf"), WORDS, [["emu", ""]]),
        (layers.IntegerLookup(num_oov_indices=2), np.array([5, 5, 7]), np.array([7, 9])),
        (layers.TextVectorization(ngrams=2), TEXT, ["the cat"]),
    ],
)
def test_a_vocabulary_is_part_of_the_configuration(layer, data, asked):
    layer.adapt(data)
    again = config_of(layer)
    assert again.get_vocabulary() == layer.get_vocabulary()
    np.testing.assert_array_equal(again(asked), layer(asked))


def test_numbers_become_words_again():
    there = layers.StringLookup(vocabulary=["a", "b"], mask_token="")
    back = layers.StringLookup(vocabulary=["a", "b"], mask_token="", invert=True)
    assert back(there(["b", "", "z", "a"])).tolist() == ["b", "", "[UNK]", "a"]
    assert back(np.array([[99, -1]])).tolist() == [["[UNK]", "[UNK]"]]


def test_a_vocabulary_may_be_a_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("a\nb\n", encoding="utf-8")
    layer = layers.StringLookup(vocabulary=path)
    assert layer.get_vocabulary() == ["[UNK]", "a", "b"]
    assert config_of(layer).get_vocabulary() == ["[UNK]", "a", "b"]


def test_a_model_file_cannot_have_another_file_read(tmp_path):
    with pytest.raises(FormatError, match="must be its terms; got the path '/etc/hostname'"):
        layers.StringLookup.from_config({"vocabulary": "/etc/hostname"})


def test_bytes_and_strings_are_one():
    layer = layers.StringLookup(vocabulary=["a", "ä"])
    for x in (["a", "ä"], np.array(["a", "ä"], object), [b"a", "ä".encode()]):
        assert layer(x).tolist() == [1, 2]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"num_oov_indices": 3},
        {"mask_token": 7},
        {"mask_token": 0, "output_mode": "count"},
        {"output_mode": "multi_hot"},
        {"invert": True},
    ],
)
def test_integers_are_looked_up_in_compiled_programs_too(options, rng):
    layer = layers.IntegerLookup(vocabulary=[12, -3, 40], **options)
    x = (
        np.array([[12, 0, 7], [40, -3, 5], [1, 2, 3]])
        if "invert" not in options
        else rng.integers(-2, 7, (3, 3))
    )
    f = wg.function(layer, signature=("i64[batch,3]",))
    np.testing.assert_array_equal(f(x), layer(x))


def test_whitespace_case_and_punctuation_do_not_count():
    layer = layers.TextVectorization(vocabulary=["the", "cat"])
    assert layer(["THE   (cat)!\n", "tHe"]).tolist() == [[2, 3], [2, 0]]


def test_functions_may_clean_and_split():
    layer = layers.TextVectorization(
        standardize=np.char.upper, split=lambda x: [s.split("-") for s in x], vocabulary=["A", "B"]
    )
    assert layer(["a-b", "b"]).tolist() == [[2, 3], [3, 0]]


def test_text_trains_a_model_outside_of_the_program(rng):
    wg.set_random_seed(0)
    texts = np.array(["good fine", "bad awful", "fine good good", "awful"])
    vectorize = layers.TextVectorization(output_sequence_length=4)
    vectorize.adapt(texts)
    model = wg.Sequential(
        [
            wg.Input((4,), dtype="int64"),
            layers.Embedding(vectorize.vocabulary_size(), 4, mask_zero=True),
            layers.Bidirectional(layers.LSTM(4)),
            layers.Dense(1),
        ]
    )
    model.compile(wg.optimizers.Adam(0.05), wg.losses.BinaryCrossentropy(from_logits=True))
    y = np.array([[1], [0], [1], [0]], np.float32)
    model.fit(vectorize(texts), y, epochs=30, verbose=0)
    assert np.array_equal(np.asarray(model.predict(vectorize(texts), verbose=0)) > 0, y > 0)


def test_hashes_are_those_of_the_papers_and_libraries():
    """SipHash: the vector of its paper, appendix A; FarmHash: what TensorFlow's to_hash_bucket_fast gives."""
    key = tuple(int.from_bytes(bytes(range(k, k + 8)), "little") for k in (0, 8))
    assert sip(bytes(range(15)), key) == 0xA129CA6149BE45E5
    texts = [b"", b"a", b"hello", b"hello world", *(b"x" * n for n in (20, 50, 100, 200))]
    bins = [34397263, 809363939, 427800296, 923946011, 747857348, 663321893, 648050719, 971950527]
    assert [farm(s) % 10**9 for s in texts] == bins


def test_a_mask_has_a_bin_for_itself():
    y = layers.Hashing(4, mask_value="")(["", "a", "b", "c", "d"])
    assert y[0] == 0
    assert y[1:].min() >= 1


def recorded(layer):
    wg.function(layer, signature=("i64[batch,2]",)).graph(np.zeros((3, 2), np.int64))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: recorded(layers.StringLookup(vocabulary=["a"])),
            UsageError,
            "a compiled program has no strings",
        ),
        (
            lambda: recorded(layers.TextVectorization(vocabulary=["a"])),
            UsageError,
            "no strings.*map it over the data",
        ),
        (lambda: recorded(layers.Hashing(3)), UsageError, "hashes are computed outside of compiled programs"),
        (lambda: layers.StringLookup()(["a"]), UsageError, r"Call adapt\(data\) first, or give one"),
        (lambda: layers.StringLookup(vocabulary=["a"]).adapt(["b"]), UsageError, "without a vocabulary"),
        (lambda: layers.StringLookup(vocabulary=["a", "a"]), ValueError, r"each once; got \['a'\] twice"),
        (lambda: layers.StringLookup(vocabulary=[]), ValueError, "must have terms"),
        (
            lambda: layers.StringLookup(2, vocabulary=["a", "b"]),
            ValueError,
            "at most max_tokens=2 terms; got 2",
        ),
        (
            lambda: layers.StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"]),
            ValueError,
            "each term must be in the vocabulary; got 'b'",
        ),
        (
            lambda: layers.StringLookup(vocabulary=["a"], output_mode="tf_idf"),
            ValueError,
            "idf_weights must be given with",
        ),
        (lambda: layers.StringLookup(output_mode="onehot"), ValueError, "Did you mean 'one_hot'"),
        (
            lambda: layers.StringLookup(vocabulary=["a"])(np.zeros(2)),
            DTypeError,
            "inputs must be strings; got float64",
        ),
        (
            lambda: layers.IntegerLookup(vocabulary=[1])(np.zeros(2)),
            DTypeError,
            "must be integers; got float32",
        ),
        (
            lambda: recorded(layers.IntegerLookup(vocabulary=[1], num_oov_indices=0)),
            UsageError,
            "needs unknown numbers that can be computed; got num_oov_indices=0",
        ),
        (lambda: layers.TextVectorization(standardize="upper"), ValueError, "standardize must be "),
        (lambda: layers.TextVectorization(ngrams=0), ValueError, "ngrams must be positive ints; got 0"),
        (
            lambda: layers.TextVectorization(output_mode="count", output_sequence_length=3),
            ValueError,
            'output_sequence_length needs output_mode "int"',
        ),
        (lambda: layers.HashedCrossing(3)(["a"]), UsageError, "a tuple of at least two arrays"),
    ],
)
def test_what_makes_no_sense_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
