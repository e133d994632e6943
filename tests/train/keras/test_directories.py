"""Files in folders as data sets: labels, subsets, sizes, and what is refused."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import UsageError, ValueRangeError
from wengert.data.formats.folders import write_wav


@pytest.fixture
def texts(tmp_path):
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        for k in range(5):
            (tmp_path / name / f"{k}.txt").write_text(f"{name} {k}")
    return tmp_path


@pytest.fixture
def pictures(tmp_path):
    pytest.importorskip("PIL")
    for name, shape in (("a", (4, 8, 3)), ("b", (8, 4, 3))):
        (tmp_path / name).mkdir()
        wg.utils.save_img(tmp_path / name / "0.png", np.full(shape, 200), scale=False)
    return tmp_path


def read(dataset):
    return [tuple(np.asarray(v) for v in (e if isinstance(e, tuple) else (e,))) for e in dataset]


def test_subsets_share_no_file_in_any_epoch(texts):
    options = {"validation_split": 0.3, "seed": 3, "batch_size": None}
    train, held = (
        wg.utils.text_dataset_from_directory(texts, subset=name, **options)
        for name in ("training", "validation")
    )
    for _ in range(3):
        seen, other = ({str(x) for x, _ in read(part)} for part in (train, held))
        assert (len(seen), len(other)) == (7, 3)
        assert not seen & other


def test_both_subsets_come_together(texts):
    train, held = wg.preprocessing.text_dataset_from_directory(
        texts, validation_split=0.2, subset="both", shuffle=False, batch_size=None
    )
    assert [str(x) for x, _ in read(held)] == ["dogs 3", "dogs 4"]
    assert len(read(train)) == 8
    assert train.class_names == held.class_names == ["cats", "dogs"]


def test_labels_may_be_given(texts):
    labels = list(range(10))
    found = read(wg.utils.text_dataset_from_directory(texts, labels=labels, shuffle=False, batch_size=None))
    assert [int(y) for _, y in found] == labels
    with pytest.raises(UsageError, match="a label for each of 10 files; got 3"):
        wg.utils.text_dataset_from_directory(texts, labels=[0, 1, 2])


def test_classes_may_have_an_order_of_their_own(texts):
    found = wg.utils.text_dataset_from_directory(
        texts, class_names=["dogs", "cats"], shuffle=False, batch_size=10, label_mode="categorical"
    )
    ((_, y),) = read(found)
    np.testing.assert_array_equal(y.argmax(1), [1] * 5 + [0] * 5)


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"label_mode": "text"}, ValueRangeError, "label_mode must be int, categorical"),
        ({"labels": "guessed"}, UsageError, 'labels must be "inferred", a list or None'),
        ({"class_names": ["cats"]}, UsageError, "class_names must name the folders"),
        (
            {"validation_split": 2.0, "subset": "training"},
            ValueRangeError,
            r"validation_split must be in \(0, 1\)",
        ),
        ({"validation_split": 0.5, "subset": "test"}, ValueRangeError, "subset must be"),
        ({"validation_split": 0.01, "subset": "both"}, UsageError, "files for validation"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(texts, options, kind, said):
    with pytest.raises(kind, match=f"text_dataset_from_directory: .*{said}"):
        wg.utils.text_dataset_from_directory(texts, **options)


def test_two_classes_are_needed_for_binary_labels(texts):
    (texts / "birds").mkdir()
    (texts / "birds" / "0.txt").write_text("bird")
    with pytest.raises(UsageError, match="there must be 2 classes"):
        wg.utils.text_dataset_from_directory(texts, label_mode="binary")


def sides(dataset):
    ((x, _),) = read(dataset)
    assert x.shape == (2, 4, 4, 3)
    return [float(v) for v in (x[0, 0, 0, 0], x[0, 2, 2, 0], x[1, 0, 0, 0], x[1, 2, 2, 0])]


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest", "bicubic", "lanczos3"])
def test_pictures_are_squeezed_cropped_or_padded(pictures, interpolation):
    def dataset(**options):
        return wg.utils.image_dataset_from_directory(
            pictures, image_size=(4, 4), shuffle=False, interpolation=interpolation, **options
        )

    assert sides(dataset()) == pytest.approx([200] * 4)
    assert sides(dataset(crop_to_aspect_ratio=True)) == pytest.approx([200] * 4)
    corner, middle, other, last = sides(dataset(pad_to_aspect_ratio=True))
    assert max(corner, other) < 40
    assert min(middle, last) > 150


def test_a_picture_is_cropped_or_padded_not_both(pictures):
    with pytest.raises(UsageError, match="cropped or padded; got both"):
        wg.utils.image_dataset_from_directory(pictures, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True)
    with pytest.raises(UsageError, match="channels_last"):
        wg.utils.image_dataset_from_directory(pictures, data_format="channels_first")


@pytest.fixture
def sounds(tmp_path):
    for name, length in (("a", 8), ("b", 6)):
        (tmp_path / name).mkdir()
        write_wav(tmp_path / name / "0.wav", np.full(length, 0.5), 8000)
    return tmp_path


def test_sounds_are_filled_up_to_the_longest(sounds):
    ((x, y),) = read(wg.utils.audio_dataset_from_directory(sounds, shuffle=False, batch_size=2))
    assert (x.shape, y.tolist()) == ((2, 8, 1), [0, 1])
    assert x[1, :, 0].tolist() == [0.5] * 6 + [0.0] * 2


def test_sounds_may_have_a_length_of_their_own(sounds):
    ((x, _),) = read(
        wg.utils.audio_dataset_from_directory(sounds, shuffle=False, batch_size=2, output_sequence_length=7)
    )
    assert x[:, 5:, 0].tolist() == [[0.5, 0.5], [0.5, 0.0]]


def test_sounds_must_have_the_rate_that_is_asked_for(sounds):
    wg.utils.audio_dataset_from_directory(sounds, sampling_rate=8000)
    with pytest.raises(ValueRangeError, match=r"16000 samples a second; .*0\.wav has 8000"):
        wg.utils.audio_dataset_from_directory(sounds, sampling_rate=16000)
    with pytest.raises(UsageError, match="ragged must be False"):
        wg.utils.audio_dataset_from_directory(sounds, ragged=True)


def test_folders_mean_nothing_where_labels_are_given_or_none(texts):
    (texts / "alone.txt").write_text("alone")
    found = read(wg.utils.text_dataset_from_directory(texts, labels=None, shuffle=False, batch_size=None))
    assert len(found) == 11
    assert str(found[0][0]) == "alone"
    assert len(read(wg.utils.text_dataset_from_directory(texts, labels=[0] * 11, batch_size=None))) == 11


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sequence_stride": 0}, "sequence_stride must be a positive int; got 0"),
        ({"sampling_rate": 0}, "sampling_rate must be a positive int; got 0"),
        ({"start_index": -1}, r"start_index must be in \[0, 10\]; got -1"),
        ({"end_index": 11}, r"end_index must be in \[0, 10\]; got 11"),
    ],
)
def test_windows_must_be_within_the_series(options, said):
    with pytest.raises(ValueRangeError, match=f"timeseries_dataset_from_array: {said}"):
        wg.utils.timeseries_dataset_from_array(np.arange(10), None, 3, **options)


def test_targets_of_a_series_begin_where_its_rows_do():
    data = np.arange(10)
    ((x, y),) = read(wg.utils.timeseries_dataset_from_array(data, data * 10, 2, start_index=4, end_index=8))
    assert x.tolist() == [[4, 5], [5, 6], [6, 7]]
    assert y.tolist() == [40, 50, 60]
