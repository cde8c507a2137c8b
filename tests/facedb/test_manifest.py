from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stash_face import __version__
from stash_face.errors import DatabaseError
from stash_face.facedb.manifest import FORMAT_VERSION, MANIFEST, IndexFile, read_manifest
from stash_face.operations.context import pack_of
from tests.facedb.made_up import PACK, manifest_of, say

MODELS = {"facenet_dim": 512, "arcface_dim": 512}


def refusal(folder: Path) -> DatabaseError:
    with pytest.raises(DatabaseError) as failure:
        read_manifest(folder)
    assert "\n" not in failure.value.sentence
    assert failure.value.sentence.endswith(".")
    return failure.value


def test_a_manifest_of_format_1_is_read_whole(folder: Path) -> None:
    content = manifest_of(folder)

    manifest = read_manifest(folder)

    assert manifest.folder == folder
    assert (manifest.version, manifest.pack) == ("1", "dev")
    assert (manifest.performer_count, manifest.face_count) == (60, 180)
    assert manifest.created_at == content["created_at"]
    assert manifest.sources == ["folder:test"]
    assert manifest.calibration == content["calibration"]
    assert manifest.checksums == content["checksums"]
    assert manifest.indices == [
        IndexFile(spec.key, f"face_{spec.key}.voy", 512, "E4M3", spec.file.sha256)
        for spec in PACK.embedders
    ]


def test_the_identity_changes_with_any_of_the_content(folder: Path) -> None:
    first = read_manifest(folder).identity
    say(folder, checksums=manifest_of(folder)["checksums"] | {"faces.json": "0" * 64})

    assert read_manifest(folder).identity != first


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    error = refusal(tmp_path / "v1")

    assert error.sentence == f"There is no face database at {tmp_path / 'v1'}: install one."
    assert error.code == "no_database"


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "v1").write_text("x")

    assert refusal(tmp_path / "v1").code == "no_database"


def test_a_database_without_a_manifest_was_half_written(folder: Path) -> None:
    (folder / MANIFEST).unlink()

    assert refusal(folder).sentence == (
        f"The face database {folder} has no manifest.json, so it was only half written: build or "
        "install it again."
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"<html>Please log in</html>",
        b"[]",  # not an object
        b'"manifest"',
        b"{\xff}",  # another encoding
        b"[" * 100_000,  # deeper than any reader goes
    ],
    ids=["empty", "cut off", "a page", "list", "text", "latin", "deep"],
)
def test_a_manifest_that_is_no_json_object_is_refused(folder: Path, content: bytes) -> None:
    (folder / MANIFEST).write_bytes(content)

    sentence = refusal(folder).sentence

    assert sentence.startswith(f"The face database's {folder / MANIFEST} cannot be read (")
    assert sentence.endswith("): get it again from its source.")


@pytest.mark.parametrize(
    "fields",
    [
        {"performer_count": float("nan")},
        {"face_count": float("inf")},
        {"face_count": "many"},
        {"performer_count": []},
        {"version": None},  # absent
        {"pack": None},
        {"embedders": []},
        {"embedders": {"name": "arcface"}},
        {"embedders": ["arcface_mbf"]},
        {"embedders": [{"name": "arcface_mbf"}]},
        {"embedders": None, "models": None},  # neither this form nor the published one
        {"embedders": None, "models": {"facenet_dim": "wide", "arcface_dim": 512}},
        {"sources": 3},
        {"checksums": ["a"]},
        {"models": [1]},
    ],
    ids=str,
)
def test_a_manifest_that_makes_no_sense_is_refused(folder: Path, fields: dict[str, Any]) -> None:
    say(folder, **fields)

    sentence = refusal(folder).sentence

    assert sentence.startswith(f"The manifest of the face database {folder} is not understood (")
    assert sentence.endswith("): get it again from its source.")


@pytest.mark.parametrize("name", ["../x.voy", "/x.voy", "sub/x.voy", "../../manifest.json"])
def test_an_index_that_lies_elsewhere_is_refused(folder: Path, name: str) -> None:
    (folder.parent / "x.voy").write_bytes((folder / "face_arcface_mbf.voy").read_bytes())
    first, second = manifest_of(folder)["embedders"]
    say(folder, embedders=[first | {"file": name}, second])

    sentence = refusal(folder).sentence

    assert "is not understood" in sentence
    assert "lies elsewhere" in sentence


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_an_index_that_is_a_folder_is_missing(folder: Path, name: str) -> None:
    first, second = manifest_of(folder)["embedders"]
    say(folder, embedders=[first | {"file": name}, second])

    refusal(folder)


@pytest.mark.parametrize(
    "names", [["faces.json"], ["performers.json"], ["performers.json", "face_edgeface_xs.voy"]]
)
def test_missing_files_are_named(folder: Path, names: list[str]) -> None:
    for name in names:
        (folder / name).unlink()

    assert refusal(folder).sentence == (
        f"The face database {folder} lacks {', '.join(names)}: install it again."
    )


@pytest.mark.parametrize("version", [FORMAT_VERSION + 1, 99, "2", 1.5, [1], float("nan")])
def test_a_newer_format_asks_for_a_newer_plugin(folder: Path, version: object) -> None:
    # Its other fields may be anything.
    say(folder, format_version=version, embedders={"all": "changed"}, performer_count=None)

    assert refusal(folder).sentence == (
        f"The face database has format {version}, this plugin reads up to {FORMAT_VERSION}: "
        "update the plugin."
    )


@pytest.mark.parametrize("version", ["0.1.1", "0.2", "1", "10.0.0", "0.1.0.1", "99.0.0-beta"])
def test_a_database_for_a_newer_plugin_asks_for_it(folder: Path, version: str) -> None:
    say(folder, min_plugin_version=version)

    assert refusal(folder).sentence == (
        f"The face database needs plugin version {version}, this is {__version__}: "
        "update the plugin."
    )


@pytest.mark.parametrize("version", ["0.1.0", "0.1", "0.0.9", "0", "", None, []])
def test_a_database_for_this_plugin_or_an_older_one_is_read(folder: Path, version: object) -> None:
    say(folder, min_plugin_version=version)

    assert read_manifest(folder).version == "1"


def test_the_old_database_comes_back_where_a_writer_was_stopped_between_two_renames(
    folder: Path,
) -> None:
    identity = read_manifest(folder).identity
    folder.rename(folder.with_name(f".{folder.name}.old"))

    assert read_manifest(folder).identity == identity
    assert [entry.name for entry in folder.parent.iterdir()] == [folder.name]


def test_the_pack_is_the_one_that_made_the_database(folder: Path) -> None:
    assert pack_of(read_manifest(folder)) is PACK


def test_an_unknown_pack_is_refused(folder: Path) -> None:
    say(folder, pack="tomorrow")

    with pytest.raises(DatabaseError) as failure:
        pack_of(read_manifest(folder))

    assert failure.value.sentence == (
        "The face database 1 was made with the model pack 'tomorrow', which this plugin does not "
        "know: update the plugin."
    )


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "0" * 64},  # other weights under the same name
        {"dimension": 128},
        {"name": "arcface"},  # an embedder of another pack
    ],
    ids=str,
)
def test_a_database_of_other_models_is_refused(folder: Path, change: dict[str, Any]) -> None:
    first, second = manifest_of(folder)["embedders"]
    say(folder, embedders=[first, second | change])

    with pytest.raises(DatabaseError) as failure:
        pack_of(read_manifest(folder))

    assert failure.value.sentence == (
        "The face database 1 was made with other models than the pack dev has now (edgeface_xs): "
        "install a database for this version."
    )


def test_a_published_manifest_implies_its_pack(folder: Path) -> None:
    content = manifest_of(folder)
    for name in ("arcface", "facenet"):
        (folder / f"face_{name}.voy").write_bytes(b"x")
    plain = {
        name: content[name] for name in ("version", "created_at", "performer_count", "face_count")
    }
    (folder / MANIFEST).write_text(json.dumps(plain | {"models": MODELS, "sources": ["stashdb"]}))

    manifest = read_manifest(folder)

    assert manifest.pack == "stash-sense"
    assert [(i.embedder, i.file, i.dimension) for i in manifest.indices] == [
        ("facenet", "face_facenet.voy", 512),
        ("arcface", "face_arcface.voy", 512),
    ]
    assert (manifest.calibration, manifest.checksums, manifest.models) == (None, {}, MODELS)
    assert pack_of(manifest).name == "stash-sense"
