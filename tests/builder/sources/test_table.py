from __future__ import annotations

from pathlib import Path

import pytest

from builder.sources.source import Known
from builder.sources.table import Table
from builder.values import PictureRef, SourcePerformer
from stash_face.errors import BadRequest

UUID = "0f3c8a52-7d1e-4b96-8f25-61f0a9be1c34"


def read(kind: str, path: Path) -> list[SourcePerformer]:
    (page,) = Table(kind, path).read(Known())
    assert page.end is not None
    assert page.end.whole
    return list(page.performers)


def written(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "people.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (
            "csv",
            "\ufeffid,name,image,country,birth_date\n"
            f"stashdb.org:{UUID},Ada,a/1.jpg,GB,1815-12-10\n"
            f"stashdb.org:{UUID},,https://example.org/2.jpg,,\n"
            "zoe,Zoë,../zoë.png,,\n"
            "nobody,,,,\n",
        ),
        (
            "jsonl",
            f'{{"id": "stashdb.org:{UUID}", "name": "Ada", "country": "GB", '
            '"birth_date": "1815-12-10", "images": ["a/1.jpg", "https://example.org/2.jpg"]}\n'
            "\n"
            '{"id": "zoe", "name": "Zoë", "image": "../zoë.png"}\n{"id": "nobody"}\n',
        ),
    ],
)
def test_rows_of_one_id_are_one_performer(tmp_path: Path, kind: str, content: str) -> None:
    ada, zoe, nobody = read(kind, written(tmp_path, content))

    assert ada.person.key == ada.person.performer_id == f"stashdb.org:{UUID}"
    assert ada.person.stash_ids == {"stashdb.org": UUID}
    assert (ada.person.name, ada.person.country) == ("Ada", "GB")
    assert ada.birth_date == "1815-12-10"
    assert [(ref.location, ref.remote) for ref in ada.pictures] == [
        (str(tmp_path / "a" / "1.jpg"), False),
        ("https://example.org/2.jpg", True),
    ]
    assert zoe.pictures == (PictureRef(str(tmp_path / ".." / "zoë.png"), "../zoë.png"),)
    assert (nobody.person.name, nobody.pictures) == ("nobody", ())
    assert [ada.place, zoe.place, nobody.place] == sorted([ada.place, zoe.place, nobody.place])


@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        ("csv", "id;name;image\n", "lacks the column 'id': its first line must name id, name,"),
        ("csv", "", "lacks the column 'id'"),
        ("csv", "id,name,image\n,Ada,1.jpg\n", "line 2: there is no id."),
        ("csv", "id,name,image\na,Ada,file:///etc/passwd\n", "line 2: 'file:///etc/passwd' is no"),
        ("csv", b"id,name,image\na,\xe9,1.jpg\n", "cannot be read ('utf-8'"),
        ("jsonl", "{}\n", "line 1: there is no id."),
        ("jsonl", '\n{"id": 1', "line 2 is no JSON ("),
        ("jsonl", "[" * 100_000, "line 1 is no JSON ("),
        ("jsonl", "[]\n", "line 1 is no JSON object."),
        ("jsonl", '{"id": 1, "images": "a.jpg"}', "line 1: images must be a list."),
    ],
)
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, kind: str, content: str | bytes, told: str
) -> None:
    path = written(tmp_path, content)

    with pytest.raises(BadRequest) as failure:
        read(kind, path)

    assert failure.value.sentence.startswith(str(path))
    assert told in failure.value.sentence


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRequest) as failure:
        read("csv", tmp_path / "no.csv")

    assert failure.value.sentence.startswith(f"{tmp_path / 'no.csv'} cannot be read (")
