from __future__ import annotations

from pathlib import Path

import pytest

from builder.cli import main
from builder.steps.convert_weights import told
from stash_face.faces.packs import DEFAULT_PACK, load_pack


def said(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """The one sentence of a call that comes to nothing."""
    assert main(["convert-weights", "facenet512", *map(str, words)]) == 1
    (sentence, end) = capsys.readouterr().err.split("\n")
    assert end == ""
    return sentence


def test_the_extra_is_asked_for_in_an_environment_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # That of the tests is the plugin's, and must not have it.
    sentence = said(capsys, "--photos", tmp_path, "--output", tmp_path / "new" / "network.onnx")

    assert sentence == (
        "Converting needs TensorFlow, tf2onnx and deepface, which must not come into this "
        'environment: make another one, pip install ".[convert]" there, and name its Python with '
        "--python."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--weights", "none.h5"], "none.h5 is no file: name deepface's facenet512_weights.h5."),
        (["--python", "no-python"], "no-python cannot be run (No such file or directory): name "
         "another --python."),
    ],
)  # fmt: skip
def test_a_wrong_word_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert said(capsys, "--photos", tmp_path, *words) == sentence


def test_the_file_says_how_the_default_pack_feeds_it() -> None:
    spec = load_pack(DEFAULT_PACK).embedder("facenet")

    assert told("facenet512", spec) == {
        "name": "facenet512", "input_size": 160, "layout": "NHWC", "channels": "BGR",
        "mean": 127.5, "std": 127.5, "dimension": 512,
    }  # fmt: skip
