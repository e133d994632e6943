"""Preprocessing of numbers, categories, text and images. Random layers are asked for one thing only, while training."""

import numpy as np

from tests.beside_keras.layer_cases.case import Case, Floats, Given, Ints, Made

DATA = np.random.default_rng(0).normal(2, 3, (50, 3)).astype("float32")
WIDE = np.random.default_rng(1).normal(size=(20, 4, 3)).astype("float32")
MANY = np.random.default_rng(2).normal(size=500).astype("float32")
WORDS = ["cat", "dog", "cat", "bird", "dog", "cat", "emu"]
TERMS = Given([["cat", "emu"], ["newt", "dog"]], "str")
TEXT = ["The cat sat.", "the dog, the CAT!", "A bird \t sang;  and sang"]
ASKED = Given(["the bird sang", "A dog? the newt's", ""], "str")
IDS = [7, 7, 7, 12, 12, -3, 40]
NUMBERS = Given([[7, 40, 1], [12, 5, -3]], "int64")
BINS = {"bin_boundaries": [-1.0, 0.0, 0.5]}
VOCABULARY = ["a", "b", "c"]
LETTERS = Given([["a", "z", "b"], ["c", "c", "q"]], "str")

NUMERIC = [
    Case("Rescaling", {"scale": 0.5}, (2, 3)),
    Case("Rescaling", {"scale": 1 / 255, "offset": -0.5}, Ints((2, 3), 256)),
    Case("Normalization", {}, (2, 3), adapt=DATA),
    Case("Normalization", {"axis": None, "invert": True}, (2, 3), adapt=DATA),
    Case("Normalization", {"axis": [1, 2]}, (2, 4, 3), adapt=WIDE),
    Case("Normalization", {"axis": 1}, (2, 4, 3), adapt=[WIDE[:7], WIDE[7:]]),
    Case("Normalization", {"axis": -1, "mean": [1.0, 2.0, 3.0], "variance": [2.0, 1.0, 0.5]}, (2, 3)),
    Case("Normalization", {"axis": None, "mean": 1.0, "variance": 2.0}, (2, 3)),
    Case("Discretization", BINS, (3, 4)),
    Case("Discretization", {**BINS, "output_mode": "one_hot"}, (3, 4)),
    Case("Discretization", {**BINS, "output_mode": "one_hot"}, (3, 1)),
    Case("Discretization", {**BINS, "output_mode": "multi_hot"}, (3, 4)),
    Case("Discretization", {**BINS, "output_mode": "count"}, (3, 4)),
    Case("Discretization", {"num_bins": 5}, (3, 4), adapt=MANY),
    Case("Discretization", {"num_bins": 4, "epsilon": 0.05}, (3, 4), adapt=[MANY[:200], MANY[200:]]),
    Case("CategoryEncoding", {"num_tokens": 5}, Ints((3, 4), 5)),
    Case("CategoryEncoding", {"num_tokens": 5, "output_mode": "one_hot"}, Ints((3, 4), 5)),
    Case("CategoryEncoding", {"num_tokens": 5, "output_mode": "one_hot"}, Ints((3, 1), 5)),
    Case("CategoryEncoding", {"num_tokens": 5, "output_mode": "count"}, Ints((3, 4), 5)),
    Case("CategoryEncoding", {"num_tokens": 5, "output_mode": "count"}, Ints((3, 4), 5), {"count_weights": (3, 4)}),
]  # fmt: skip
LOOKUPS = [
    Case("StringLookup", {}, TERMS, adapt=WORDS),
    Case("StringLookup", {"mask_token": "dog", "max_tokens": 4}, TERMS, adapt=WORDS),
    Case("StringLookup", {"num_oov_indices": 3, "vocabulary": VOCABULARY}, LETTERS),
    Case("StringLookup", {"num_oov_indices": 3, "vocabulary": VOCABULARY, "salt": 7}, LETTERS),
    Case("StringLookup", {"vocabulary": VOCABULARY, "output_mode": "one_hot"}, Given(["a", "q"], "str")),
    Case("StringLookup", {"vocabulary": VOCABULARY, "output_mode": "multi_hot", "max_tokens": 6,
                          "pad_to_max_tokens": True}, LETTERS),
    Case("StringLookup", {"vocabulary": VOCABULARY, "output_mode": "count", "mask_token": "q"}, LETTERS),
    Case("StringLookup", {"vocabulary": VOCABULARY, "output_mode": "tf_idf", "idf_weights": [0.5, 1.0, 2.0]}, LETTERS),
    Case("StringLookup", {"output_mode": "tf_idf"}, TERMS, adapt=np.array([["cat", "dog"], ["cat", "emu"]])),
    Case("IntegerLookup", {}, NUMBERS, adapt=np.array(IDS)),
    Case("IntegerLookup", {"mask_token": 7, "num_oov_indices": 2}, NUMBERS, adapt=np.array(IDS)),
    Case("IntegerLookup", {"vocabulary": [12, 7], "num_oov_indices": 3, "oov_method": "farmhash"}, NUMBERS),
    Case("IntegerLookup", {"vocabulary": [12, 7], "invert": True}, Ints((2, 3), 5)),
    Case("IntegerLookup", {"vocabulary": [12, 7], "output_mode": "count"}, NUMBERS),
    Case("Hashing", {"num_bins": 5}, LETTERS),
    Case("Hashing", {"num_bins": 5, "mask_value": "a", "salt": [3, 4]}, LETTERS),
    Case("Hashing", {"num_bins": 5, "output_mode": "multi_hot"}, NUMBERS),
    Case("HashedCrossing", {"num_bins": 7}, [Given(["a", "b", "c"], "str"), Given([5, 6, 7], "int64")]),
    Case("HashedCrossing", {"num_bins": 7, "output_mode": "one_hot"},
         [Given(["a", "b"], "str"), Given([5, 6], "int64")]),
    Case("TextVectorization", {}, ASKED, adapt=TEXT),
    Case("TextVectorization", {"max_tokens": 5, "output_sequence_length": 2}, ASKED, adapt=TEXT),
    Case("TextVectorization", {"standardize": None, "split": "character", "output_sequence_length": 20}, ASKED,
         adapt=TEXT),
    Case("TextVectorization", {"standardize": "lower", "ngrams": 2}, ASKED, adapt=TEXT),
    Case("TextVectorization", {"standardize": "strip_punctuation", "ngrams": (2, 3), "output_mode": "count"}, ASKED,
         adapt=TEXT),
    Case("TextVectorization", {"output_mode": "multi_hot", "max_tokens": 20, "pad_to_max_tokens": True}, ASKED,
         adapt=TEXT),
    Case("TextVectorization", {"output_mode": "tf_idf"}, ASKED, adapt=TEXT),
    Case("TextVectorization", {"vocabulary": ["the", "dog"]}, ASKED),
]  # fmt: skip
PICTURES, WIDER = (2, 6, 5, 3), (2, 9, 4, 3)
BYTES = Ints((2, 6, 5, 3), 256)
BRIGHT = Floats((2, 6, 5, 3), 0.0, 255.0)
UNIT = Floats((2, 6, 5, 3), 0.0)
TURN = {"factor": (0.1, 0.1)}
MOVE = {"height_factor": (0.21, 0.21), "width_factor": (-0.33, -0.33)}
TRAINED = {"training": True}
ONE = {"fill_mode": "constant", "fill_value": 1.0}
IMAGES = [
    Case("Resizing", {"height": 3, "width": 8}, PICTURES),
    Case("Resizing", {"height": 3, "width": 8}, BYTES),
    Case("Resizing", {"height": 4, "width": 3, "antialias": True}, PICTURES),
    Case("Resizing", {"height": 4, "width": 7, "interpolation": "nearest"}, PICTURES),
    Case("Resizing", {"height": 8, "width": 7, "interpolation": "bicubic"}, PICTURES),
    Case("Resizing", {"height": 3, "width": 7, "interpolation": "bicubic"}, PICTURES),
    Case("Resizing", {"height": 3, "width": 7, "interpolation": "lanczos3", "antialias": True}, PICTURES),
    Case("Resizing", {"height": 4, "width": 4, "crop_to_aspect_ratio": True}, WIDER),
    Case("Resizing", {"height": 4, "width": 4, "pad_to_aspect_ratio": True, "fill_value": 0.5}, (2, 8, 4, 3)),
    Case("Resizing", {"height": 4, "width": 4}, (6, 5, 3)),
    Case("CenterCrop", {"height": 3, "width": 2}, PICTURES),
    Case("CenterCrop", {"height": 7, "width": 3}, PICTURES),
    Case("CenterCrop", {"height": 3, "width": 2}, (6, 5, 3)),
    Case("RandomCrop", {"height": 6, "width": 5}, PICTURES, TRAINED),
    Case("RandomFlip", {}, PICTURES, {"training": False}),
    Case("RandomRotation", TURN, PICTURES, TRAINED),
    Case("RandomRotation", {**TURN, "fill_mode": "wrap"}, PICTURES, TRAINED),
    Case("RandomRotation", {"factor": (-0.2, -0.2), "fill_mode": "nearest"}, (6, 5, 3), TRAINED),
    Case("RandomRotation", {**TURN, **ONE}, PICTURES, TRAINED),
    Case("RandomRotation", {**TURN, "interpolation": "nearest"}, BYTES, TRAINED),
    Case("RandomRotation", TURN, PICTURES, {"training": False}),
    Case("RandomTranslation", MOVE, PICTURES, TRAINED),
    Case("RandomTranslation", {**MOVE, **ONE, "interpolation": "nearest"}, PICTURES, TRAINED),
    Case("RandomZoom", {"height_factor": (0.3, 0.3)}, PICTURES, TRAINED),
    Case("RandomZoom", {"height_factor": (-0.3, -0.3), "width_factor": (0.2, 0.2), **ONE}, PICTURES, TRAINED),
    Case("RandomBrightness", {"factor": (0.2, 0.2)}, BRIGHT, TRAINED),
    Case("RandomBrightness", {"factor": (-0.3, -0.3), "value_range": (0.0, 1.0)}, Floats((2, 3, 3, 1), 0.0), TRAINED),
    Case("RandomContrast", {"factor": (0.0, 0.0)}, BRIGHT, TRAINED),
    Case("RandomShear", {"x_factor": (0.0, 0.0)}, PICTURES, TRAINED),
    Case("RandomErasing", {"factor": (0.0, 0.0), "fill_value": 0.5}, PICTURES, TRAINED),
    Case("MixUp", {}, PICTURES, {"training": False}),
    Case("CutMix", {}, PICTURES, {"training": False}),
    Case("RandomGrayscale", {"factor": 1.0}, BRIGHT, TRAINED),
    Case("Solarization", {}, BRIGHT, TRAINED),
    Case("AutoContrast", {}, BRIGHT),
    Case("AutoContrast", {"value_range": (0, 1)}, Floats((2, 3, 3, 2), 0.2, 0.9)),
    Case("RandomInvert", {"factor": (1.0, 1.0)}, BRIGHT, TRAINED),
    Case("RandomInvert", {"factor": 0.0, "value_range": (0, 1)}, UNIT, TRAINED),
    Case("RandomPosterization", {"factor": (3, 3)}, BRIGHT, TRAINED),
    Case("RandomPosterization", {"factor": (2, 2), "value_range": (0, 1)}, UNIT, TRAINED),
    Case("RandomHue", {"factor": (0.0, 0.0)}, BRIGHT, TRAINED),
    Case("RandomHue", {"factor": (1.0, 1.0), "value_range": (0, 1)}, UNIT, TRAINED),
    Case("RandomSaturation", {"factor": (0.3, 0.3)}, BRIGHT, TRAINED),
    Case("RandomSaturation", {"factor": (0.7, 0.7), "value_range": (0, 1)}, UNIT, TRAINED),
    Case("RandomColorDegeneration", {"factor": (0.4, 0.4)}, BRIGHT, TRAINED),
    Case("RandomColorDegeneration", {"factor": (-0.4, -0.4), "value_range": (0, 1)}, UNIT, TRAINED),
    Case("RandomColorJitter", {"brightness_factor": (0.2, 0.2), "contrast_factor": (0.0, 0.0),
                               "saturation_factor": (0.3, 0.3), "hue_factor": (0.0, 0.0)}, BRIGHT, TRAINED),
    Case("RandomColorJitter", {"hue_factor": (1.0, 1.0), "value_range": (0, 1)}, UNIT, TRAINED),
    Case("RandomGaussianBlur", {"factor": (1.0, 1.0), "sigma": (0.7, 0.7)}, BRIGHT, TRAINED),
    Case("RandomGaussianBlur", {"factor": (1.0, 1.0), "kernel_size": (5, 3), "sigma": (1, 1), "value_range": (0, 1)},
         UNIT, TRAINED),
    Case("RandomSharpness", {"factor": (0.8, 0.8)}, BRIGHT, TRAINED),
    Case("RandomSharpness", {"factor": (0.1, 0.1), "value_range": (0, 1)}, UNIT, TRAINED),
    Case("Equalization", {}, Floats((2, 6, 5, 1), 50.0, 180.0)),
    Case("Equalization", {"bins": 16, "value_range": (0, 1)}, UNIT),
    Case("Equalization", {"bins": 16}, BYTES),
    Case("Equalization", {"bins": 16}, Floats((6, 5, 2), 30.0, 100.0)),
    Case("Equalization", {"bins": 16}, BRIGHT, {"training": False}),
    Case("ContrastLimitedAdaptiveHistogramEqualization", {"tile_grid_size": (2, 3)}, Floats((2, 9, 8, 3), 0.0, 200.0)),
    Case("ContrastLimitedAdaptiveHistogramEqualization", {"tile_grid_size": (3, 2), "value_range": (0, 1),
                                                          "clip_limit": 20.0}, Floats((2, 9, 8, 3), 0.2, 0.8)),
    Case("ContrastLimitedAdaptiveHistogramEqualization", {"clip_limit": 0.0, "tile_grid_size": (2, 2)}, BRIGHT),
    Case("RandomPerspective", {"scale": 0.0}, BRIGHT, TRAINED),
    Case("RandomPerspective", {"factor": 0.0}, BRIGHT, TRAINED),
    Case("RandomElasticTransform", {"scale": 0.0}, BRIGHT, TRAINED),
    Case("RandAugment", {}, BRIGHT, {"training": False}),
    Case("AugMix", {}, BRIGHT, {"training": False}),
    Case("Pipeline", {"layers": [Made("Rescaling", {"scale": 0.5}), Made("RandomColorDegeneration", {
        "factor": (0.4, 0.4)}), Made("Resizing", {"height": 3, "width": 8})]}, BRIGHT, TRAINED),
]  # fmt: skip
SOUND = (2, 100, 3)
SHORT = {"frame_length": 16}
MEL = {"fft_length": 64, "sequence_stride": 20, "num_mel_bins": 8, "sampling_rate": 4000}
SPECTRA = [
    Case("STFTSpectrogram", SHORT, SOUND),
    Case("STFTSpectrogram", {**SHORT, "mode": "magnitude", "expand_dims": True, "padding": "same"}, SOUND),
    Case("STFTSpectrogram", {**SHORT, "mode": "psd", "frame_step": 5, "fft_length": 32}, SOUND),
    Case("STFTSpectrogram", {**SHORT, "mode": "real", "window": "hamming"}, SOUND),
    Case("STFTSpectrogram", {**SHORT, "mode": "imag", "scaling": "spectrum", "expand_dims": True}, SOUND),
    Case("STFTSpectrogram", {**SHORT, "mode": "angle", "periodic": True}, SOUND),
    Case("STFTSpectrogram", {**SHORT, "mode": "stft", "window": None, "scaling": None}, SOUND),
    Case("STFTSpectrogram", {**SHORT, "mode": "stft", "data_format": "channels_first"}, (2, 3, 100)),
    Case("STFTSpectrogram", {**SHORT, "data_format": "channels_first", "expand_dims": True}, (2, 3, 100)),
    Case("MelSpectrogram", MEL, (2, 400)),
    Case("MelSpectrogram", {**MEL, "sequence_length": 50, "window": "hamming", "top_db": 9.0, "ref_power": 3.0},
         (400,)),
    Case("MelSpectrogram", {**MEL, "power_to_db": False, "mag_exp": 1.0, "window": None, "max_freq": 1500.0}, (2, 400)),
]  # fmt: skip
CASES = [*NUMERIC, *LOOKUPS, *IMAGES, *SPECTRA]
