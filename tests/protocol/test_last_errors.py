from __future__ import annotations

from pathlib import Path

import pytest

from stash_face.last_errors import FILE_NAME, KEPT, last_errors, note_error


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STASH_FACE_DATA", str(tmp_path))
    return tmp_path


def test_the_last_failures_are_kept(data: Path) -> None:
    for number in range(KEPT + 5):
        note_error({}, "identify_image", "stash", f"Failure {number}.")

    kept = last_errors(data)
    assert len(kept) == KEPT
    assert kept[-1]["sentence"] == f"Failure {KEPT + 4}."
    assert [path.name for path in data.iterdir()] == [FILE_NAME]


def test_what_the_caller_did_wrong_is_not_kept(data: Path) -> None:
    note_error({}, "identify_image", "bad_request", "The argument is off.")
    note_error({}, "identify_image", "not_found", "It is gone.")

    assert last_errors(data) == []


def test_no_folder_is_made_for_it(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STASH_FACE_DATA", str(data / "none"))
    note_error({}, "health", "store", "The disk is full.")

    assert list(data.iterdir()) == []


@pytest.mark.parametrize("content", ["", "[1]", '{"at": 1}', "\x00"])
def test_a_spoilt_file_counts_as_empty(data: Path, content: str) -> None:
    (data / FILE_NAME).write_text(content)

    assert last_errors(data) == []
    note_error({}, "health", "store", "The disk is full.")
    assert len(last_errors(data)) == 1
