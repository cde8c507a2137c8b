from __future__ import annotations

from pathlib import Path

import pytest

from tests.photos import Photos
from tests.process.plugin import Plugin


@pytest.fixture
def mixed(plugin: Plugin, photos: Photos) -> list[str]:
    """Images: three of Bill Clinton, two of Colin Powell, two of strangers."""
    paths = [
        *photos.known["Bill_Clinton"][3:6],
        *photos.known["Colin_Powell"][-2:],
        *photos.strangers[3:5],
    ]
    return [plugin.stash.add_image(path) for path in paths]


@pytest.fixture(scope="session")
def smaller_database(face_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same database without Bill Clinton."""
    from stash_face.facedb.reader import FaceDatabase
    from stash_face.facedb.writer import write_database
    from stash_face.faces.packs import load_pack

    database = FaceDatabase.open(face_database)
    people = [(number, database.person(key)) for number, key in enumerate(database.keys)]
    kept = [(number, person) for number, person in people if person.name != "Bill Clinton"]
    references = [
        (person.key, {name: vectors[row] for name, vectors in found.items()})
        for number, person in kept
        for found in [database.references(number)]
        for row in range(len(next(iter(found.values()))))
    ]
    output = tmp_path_factory.mktemp("smaller") / "v2"
    everyone = [person for _, person in kept]
    pack = load_pack("dev")
    write_database(output, pack, everyone, references, version="smaller", sources=["folder:known"])
    return output
