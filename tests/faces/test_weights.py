from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from stash_face.errors import WeightsError
from stash_face.faces import weights
from stash_face.faces.packs import Archive, WeightFile, load_pack
from stash_face.faces.weights import check, find, missing, missing_sentence, require, weight_folders

CONTENT = b"weights " * 1000
FILE = WeightFile(
    name="net.onnx",
    size=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    licence="any",
    url="https://example.org/net.onnx",
    archive=None,
    page=None,
)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files whose content was read."""
    seen: list[Path] = []
    real = weights.sha256_of

    def counted(path: Path) -> str:
        seen.append(path)
        return real(path)

    monkeypatch.setattr(weights, "sha256_of", counted)
    return seen


def put(folder: Path, content: bytes = CONTENT) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / FILE.name
    path.write_bytes(content)
    return path


def test_the_content_is_read_once_and_never_again(tmp_path: Path, reads: list[Path]) -> None:
    path = put(tmp_path)
    assert [find(FILE, [tmp_path]) for _ in range(3)] == [path] * 3
    assert reads == [path]
    assert (tmp_path / "net.onnx.ok.json").is_file()


def test_a_file_changed_after_its_stamp_is_read_again(tmp_path: Path, reads: list[Path]) -> None:
    path = put(tmp_path)
    find(FILE, [tmp_path])
    path.write_bytes(CONTENT.replace(b"weights", b"WEIGHTS", 1))
    os.utime(path, ns=(0, 0))
    with pytest.raises(WeightsError, match="has other content"):
        find(FILE, [tmp_path])
    assert reads == [path, path]


def test_a_stamp_for_other_weights_of_that_name_does_not_count(
    tmp_path: Path, reads: list[Path]
) -> None:
    find(FILE, [put(tmp_path).parent])
    other = FILE._replace(sha256="0" * 64)
    with pytest.raises(WeightsError, match="has other content"):
        find(other, [tmp_path])


@pytest.mark.parametrize("junk", ["", "{", "[]", '{"size": 8000}'])
def test_a_broken_stamp_only_costs_a_reading(tmp_path: Path, reads: list[Path], junk: str) -> None:
    path = put(tmp_path)
    (tmp_path / "net.onnx.ok.json").write_text(junk)
    assert find(FILE, [tmp_path]) == path
    assert find(FILE, [tmp_path]) == path
    assert reads == [path]


def test_the_stamp_of_a_file_in_a_read_only_folder_lies_in_the_next_folder(
    tmp_path: Path, reads: list[Path]
) -> None:
    shared, own = tmp_path / "shared", tmp_path / "own"
    path = put(shared)
    shared.chmod(0o555)
    assert [find(FILE, [own, shared]) for _ in range(2)] == [path, path]
    shared.chmod(0o755)
    assert reads == [path]
    assert len(list((own / "stamps").glob("net.onnx-*.ok.json"))) == 1
    assert [entry.name for entry in shared.iterdir()] == ["net.onnx"]


def test_a_stamp_that_cannot_be_written_lies_in_the_next_folder(
    tmp_path: Path, reads: list[Path]
) -> None:
    path = put(tmp_path / "a")
    # A folder in the stamp's place cannot be replaced.
    (tmp_path / "a" / "net.onnx.ok.json").mkdir()
    assert [find(FILE, [tmp_path / "a", tmp_path / "b"]) for _ in range(2)] == [path, path]
    assert reads == [path]
    assert sorted(entry.name for entry in (tmp_path / "a").iterdir()) == [
        "net.onnx",
        "net.onnx.ok.json",
    ]


def test_where_no_stamp_can_be_left_the_file_is_read_every_time(
    tmp_path: Path, reads: list[Path]
) -> None:
    path = put(tmp_path)
    (tmp_path / "net.onnx.ok.json").mkdir()
    assert [check(path, FILE) for _ in range(2)] == [None, None]
    assert reads == [path, path]


def test_a_wrong_copy_does_not_hide_the_right_one_in_a_later_folder(tmp_path: Path) -> None:
    put(tmp_path / "a", b"short")
    right = put(tmp_path / "b")
    assert find(FILE, [tmp_path / "none", tmp_path / "a", tmp_path / "b"]) == right


def test_a_truncated_file_is_named_with_the_way_to_mend_it(tmp_path: Path) -> None:
    put(tmp_path, CONTENT[:5])
    with pytest.raises(WeightsError) as caught:
        find(FILE, [tmp_path])
    assert caught.value.sentence == (
        f"The weights file net.onnx in {tmp_path} has 5 of 8,000 bytes: delete that file and run "
        "Set up, or put the right one (from https://example.org/net.onnx) into "
        f"{tmp_path}."
    )


def test_a_file_of_the_right_size_and_other_content_is_named(tmp_path: Path) -> None:
    put(tmp_path, b"x" * FILE.size)
    with pytest.raises(WeightsError, match=r"net\.onnx in .* has other content \(sha256 .*Set up"):
        find(FILE, [tmp_path])


def test_a_folder_in_place_of_the_file_is_no_file(tmp_path: Path) -> None:
    (tmp_path / FILE.name).mkdir()
    with pytest.raises(WeightsError, match=r"net\.onnx"):
        find(FILE, [tmp_path])


def test_all_missing_files_of_a_pack_are_named_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        require(load_pack("facenet512+arcface"), [tmp_path])
    zipped = "https://github.com/deepinsight/insightface/releases/download/v0.7/buffalo_l.zip"
    plain = "https://github.com/carrotwaxr/stash-sense/releases/download/models/facenet512.onnx"
    assert caught.value.sentence == (
        f"Run Set up first: model weights are missing: det_10g.onnx (16.9 MB, inside {zipped}, "
        "288.6 MB), "
        f"facenet512.onnx (94.0 MB, from {plain}), "
        f"w600k_r50.onnx (174.4 MB, inside {zipped}, 288.6 MB); "
        f"put them into {tmp_path} (in Stash: Settings > Tasks > Plugin Tasks > Set up)."
    )


def test_a_wrong_file_is_as_good_as_missing(tmp_path: Path) -> None:
    pack = load_pack("small")
    (tmp_path / "det_500m.onnx").write_bytes(b"half")
    assert missing(pack, [tmp_path]) == list(pack.files)


def test_wrong_and_missing_files_are_named_together(tmp_path: Path) -> None:
    (tmp_path / "det_500m.onnx").write_bytes(b"half")
    with pytest.raises(WeightsError) as caught:
        require(load_pack("small"), [tmp_path])
    assert "det_500m.onnx in" in caught.value.sentence
    assert "has 4 of 2,524,817 bytes" in caught.value.sentence
    assert "; model weights are missing: w600k_mbf.onnx (13.6 MB, inside" in caught.value.sentence


MEMBER = Archive("a.zip", "https://example.org/a.zip", 1_000_000, "")


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        # its own address
        (FILE, "from https://example.org/net.onnx); put it into here."),
        # a member of an archive
        (
            FILE._replace(url=None, archive=MEMBER),
            "inside https://example.org/a.zip, 1.0 MB); put it into here.",
        ),
        # no certain address, but a page
        (
            FILE._replace(url=None, page="https://example.org"),
            "look for it at https://example.org); put it into here.",
        ),
        # development data: neither
        (
            FILE._replace(url=None),
            "part of the development data: set STASH_FACE_MODELS to the folder that holds it); "
            "put it into here.",
        ),
    ],
)
def test_a_missing_file_is_named_with_where_it_comes_from(file: WeightFile, sentence: str) -> None:
    named = missing_sentence([file], Path("here"))
    assert named == f"Model weights are missing: net.onnx (0.0 MB, {sentence}"


def test_the_chosen_folder_comes_before_the_plugins_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STASH_FACE_MODELS", str(tmp_path / "mine"))
    assert weight_folders(tmp_path)[:2] == [tmp_path / "mine", tmp_path / "models"]
    monkeypatch.delenv("STASH_FACE_MODELS")
    assert weight_folders(tmp_path)[0] == tmp_path / "models"


def test_an_installed_plugin_looks_in_no_folder_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STASH_FACE_MODELS", raising=False)
    (tmp_path / "shared" / "models").mkdir(parents=True)
    installed = tmp_path / "plugins" / "stash_face" / "py" / "stash_face" / "faces" / "weights.py"
    monkeypatch.setattr(weights, "__file__", str(installed))
    assert weight_folders(None) == []


def test_a_checkout_looks_in_the_models_shared_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STASH_FACE_MODELS", raising=False)
    checkout = tmp_path / "checkout"
    faces = checkout / "plugin" / "py" / "stash_face" / "faces"
    for folder in (faces, checkout / "builder", tmp_path / "shared" / "models"):
        folder.mkdir(parents=True)
    monkeypatch.setattr(weights, "__file__", str(faces / "weights.py"))
    assert weight_folders(None) == [tmp_path / "shared" / "models"]


@pytest.mark.models
def test_the_weights_of_the_dev_pack_are_the_pinned_ones(dev_models: Path, tmp_path: Path) -> None:
    pack = load_pack("dev")
    found = require(pack, [dev_models, tmp_path])
    assert found == {file.name: dev_models / file.name for file in pack.files}


@pytest.mark.models
def test_the_stand_in_for_mobilefacenet_is_not_taken_for_the_official_file(
    dev_models: Path, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match="has 13,613,265 of 13,616,099 bytes"):
        find(load_pack("small").embedders[0].file, [dev_models, tmp_path])
