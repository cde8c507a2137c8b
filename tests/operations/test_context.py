from __future__ import annotations

from pathlib import Path

import pytest

from stash_face.errors import BadRequest, DatabaseError
from stash_face.facedb.manifest import Manifest, read_manifest
from stash_face.operations.context import Context, pack_of
from stash_face.protocol.arguments import Arguments
from stash_face.protocol.request import Request
from tests.operations.workplace import DEV, Workplace


@pytest.fixture
def manifest(made_up_database: Path) -> Manifest:
    return read_manifest(made_up_database)


def test_a_database_names_the_pack_it_was_made_with(manifest: Manifest) -> None:
    assert pack_of(manifest) is DEV


def test_a_database_that_does_not_name_its_weights_is_taken_at_its_word(
    manifest: Manifest,
) -> None:
    silent = [index._replace(weights="") for index in manifest.indices]

    assert pack_of(manifest._replace(indices=silent)) is DEV


def test_a_pack_that_nobody_knows_is_refused(manifest: Manifest) -> None:
    with pytest.raises(DatabaseError) as raised:
        pack_of(manifest._replace(pack="of tomorrow"))

    assert raised.value.sentence == (
        "The face database v1 was made with the model pack 'of tomorrow', which this plugin "
        "does not know: update the plugin."
    )


@pytest.mark.parametrize("change", ["dimension", "weights", "missing", "another"])
def test_a_database_of_other_models_is_refused(manifest: Manifest, change: str) -> None:
    first, *others = manifest.indices
    changed = {
        "dimension": [first._replace(dimension=128), *others],
        "weights": [first._replace(weights="0" * 64), *others],
        "missing": others,
        "another": [*manifest.indices, first._replace(embedder="more")],
    }[change]

    with pytest.raises(DatabaseError, match="was made with other models than the pack dev has now"):
        pack_of(manifest._replace(indices=changed))


def test_nothing_is_opened_before_it_is_used(tmp_path: Path) -> None:
    with Context(Request("", Arguments({}), {})) as context:
        assert vars(context).keys() == {"_request"}


def test_without_a_folder_of_the_plugin_there_is_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STASH_FACE_DATA", raising=False)
    connection = {"Scheme": "http", "Host": "localhost", "Port": 9999}

    with pytest.raises(BadRequest, match="has no PluginDir"):
        Context(Request("", Arguments({}), connection)).data_home  # noqa: B018


def test_what_was_opened_is_closed(place: Workplace) -> None:
    with Context(place.request()) as context:
        store = context.store
        assert context.client.query("{ version { version } }")

    with pytest.raises(Exception, match="closed database"):
        store.rows("SELECT 1")
