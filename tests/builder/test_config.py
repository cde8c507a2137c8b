from __future__ import annotations

from pathlib import Path

import pytest

from builder.cli import main
from builder.config import SECTIONS, read_config
from builder.options import plan_of
from builder.settings import Secret, Settings, SourceSettings
from builder.steps.init import sample
from stash_face.errors import BadRequest


def settings(tmp_path: Path, text: str, *words: str) -> Settings:
    """What `build --config` makes of `text`, with these flags."""
    from argparse import ArgumentParser

    from builder.options import add_options

    path = tmp_path / "builder.yml"
    path.write_text(text, encoding="utf-8")
    parser = ArgumentParser()
    add_options(parser)
    return plan_of(parser.parse_args(["--config", str(path), *words]))


WHOLE = """
stashdb:
  api_key: ${STASHDB_API_KEY}
  rate_limit_delay: 0.5
sources:
  - kind: folder
    path: photos
  - kind: stash
    url: http://192.168.1.20:9999
    images: yes
inside:
  - http://192.168.1.30:8080
output:
  directory: faces
  pack: small
cache:
  directory: ${PICTURES}/cache
processing:
  max_performers: 500
  max_images_per_performer: 10
  max_references_per_performer: 5
  min_quality: 0.3
  min_face_size: 40
  batch_size: 8
  workers: 3
  downloads: 6
  rate_limit_delay: 0.1
  gpu: no
"""


def test_every_key_of_the_file_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STASHDB_API_KEY", "a.b.c")
    monkeypatch.setenv("PICTURES", "large")

    assert settings(tmp_path, WHOLE) == Settings(
        sources=(
            SourceSettings("stashbox", "https://stashdb.org/graphql", Secret("a.b.c"), 0.5),
            SourceSettings("folder", str(tmp_path / "photos")),
            SourceSettings("stash", "http://192.168.1.20:9999", None, 0.25, {"images": True}),
        ),
        output=tmp_path / "faces",
        work=tmp_path / "faces.work",
        cache=tmp_path / "large" / "cache",
        pack="small",
        device="cpu",
        batch=8,
        workers=3,
        downloads=6,
        delay=0.1,
        most_people=500,
        most_pictures=10,
        most_references=5,
        least_quality=0.3,
        least_height=40.0,
        inside=("http://192.168.1.30:8080",),
    )


def test_flags_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STASHDB_API_KEY", "a.b.c")
    monkeypatch.setenv("PICTURES", "large")

    told = settings(
        tmp_path, WHOLE, "--source", "csv:people.csv", "--output", str(tmp_path / "other"),
        "--max-images", "3", "--rate-limit", "2", "--device", "cuda", "--pack", "dev",
    )  # fmt: skip

    assert told.sources == (SourceSettings("csv", "people.csv", None, 2.0),)
    assert (told.output, told.work) == (tmp_path / "other", tmp_path / "other.work")
    assert (told.most_pictures, told.delay, told.device, told.pack) == (3, 2.0, "cuda", "dev")
    assert told.most_references == 5


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stashdb:\n  apikey: x", "line 2: there is no key stashdb.apikey: did you mean api_key"),
        ("output:\n  colour: red", "line 2: there is no key output.colour; there are directory,"),
        ("proccessing:\n  workers: 1", "line 1: there is no key 'proccessing': did you mean"),
        ("processing:\n  workers: many", "line 2: processing.workers must be a whole number"),
        ("processing:\n  workers: 1.5", "line 2: processing.workers must be a whole number"),
        ("processing:\n  workers: 0", "line 2: processing.workers must be from 1 to 4096, not 0"),
        ("processing:\n\n  min_quality: nan", "line 3: processing.min_quality must be from 0 to 1"),
        ("processing:\n  gpu: maybe", "line 2: processing.gpu must be yes or no, not 'maybe'"),
        ("processing: fast", "line 1: processing must hold keys with values"),
        ("processing:\n  workers: [1, 2]", "line 2: processing.workers must be one value"),
        ("output:\n  pack: a\n  pack: b", "line 3: output has the key 'pack' twice"),
        ("sources: photos", "line 1: sources must be a list, each entry with a dash"),
        ("sources:\n  - kind: disc\n    path: x", "The source in line 2 has no kind that is known"),
        ("sources:\n  - kind: folder", "The source 'folder' needs a path or a url"),
        ("sources:\n  - path: [", "line 2: "),
        ("\tx: 1", "line 1: found character"),
        # a key is never written into the file
        ("stashdb:\n  api_key: a.b.c", "line 2: stashdb.api_key must be ${NAME}, the environment"),
        ("stashdb:\n  api_key: ${NO_SUCH_KEY}", "line 2: stashdb.api_key needs the environment "
         "variable NO_SUCH_KEY, which is not set"),
        ("output:\n  directory: x", "There is no source: say --source folder:DIR"),
        ("sources:\n  - kind: folder\n    path: x", "There is no output: say --output DIR"),
        ("stashdb:\noutput:\n  directory: x\n  pack: none", "There is no model pack 'none'"),
        ("- a\n- b", "line 1: the file must hold keys with values"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadRequest) as failure:
        settings(tmp_path, text)

    assert told in failure.value.sentence
    assert "a.b.c" not in failure.value.sentence
    assert failure.value.sentence.endswith(".")


def test_init_writes_a_file_with_every_key_that_can_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "builder.yml"

    assert main(["init", str(path)]) == 0

    assert capsys.readouterr().out.startswith(f"Wrote {path}: take the # from what you need")
    told = settings(tmp_path, path.read_text(encoding="utf-8"))
    assert [source.kind for source in told.sources] == ["folder"]
    assert (told.output, told.cache) == (tmp_path / "database", tmp_path / "pictures")
    # Its samples are the defaults.
    usual = Settings((), Path(), Path(), Path(), "")
    for name in ("most_pictures", "most_references", "least_quality", "least_height", "workers",
                 "downloads", "delay"):  # fmt: skip
        assert getattr(told, name) == getattr(usual, name)
    for section, keys in SECTIONS.items():
        assert f"{section}:" in sample()
        assert all(f"{key}:" in sample() for key in keys)
    # Without the signs before them all of its lines can be read.
    plain = "\n".join(line.removeprefix("# ") for line in sample().splitlines()[4:])
    for section in ("stashdb", "fansdb", "theporndb", "pmvstash", "javstash"):
        assert f"\n{section}:" in f"\n{plain}"
    assert main(["init", str(path)]) == 1
    assert capsys.readouterr().err == f"{path} is there already: name another file.\n"


def test_a_key_shows_itself_nowhere() -> None:
    secret = Secret("a.b.c")

    assert "a.b.c" not in f"{secret} {secret!r} {SourceSettings('stashbox', 'x', secret)}"


@pytest.mark.parametrize("name", ["no such file.yml", "."])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadRequest) as failure:
        read_config(tmp_path / name)

    assert failure.value.sentence.endswith("): name another --config.")
