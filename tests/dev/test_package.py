from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from datetime import datetime, timezone
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from dev.package import PINS, PackageError, index, last_change, main, zipped
from tests.fakes.stash_server import StashStandIn
from tests.process.plugin import Plugin

ROOT = Path(__file__).resolve().parents[2]
DATE = datetime(2026, 2, 3, 4, 5, 6, tzinfo=timezone.utc)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The plugin's folder as it is, used a little, in a repository of its own."""
    root = tmp_path / "project"
    made = shutil.ignore_patterns("__pycache__", "data")
    shutil.copytree(ROOT / "plugin", root / "plugin", ignore=made)
    shutil.copy(ROOT / "LICENSE", root)
    (root / ".gitignore").write_text("__pycache__/\nplugin/data/\n")
    commit(root, "2026-02-03T04:05:06Z")
    for used in ("plugin/data/facedb", "plugin/py/__pycache__"):
        (root / used).mkdir(parents=True)
        (root / used / "made.bin").write_bytes(b"made by use")
    return root


def commit(root: Path, date: str) -> None:
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "-A"), (*who, "commit", "-qm", "Change it")):
        subprocess.run(["git", *words], cwd=root, check=True, env={**os.environ, **dates})


def read(index_yml: str) -> dict[str, Any]:
    (package,) = yaml.safe_load(index_yml)
    return dict(package)


def test_the_same_commit_makes_the_same_bytes_whatever_was_made_by_use(project: Path) -> None:
    date, _ = last_change(project)
    archive = zipped(project, date)
    shutil.rmtree(project / "plugin" / "data")
    for path in project.rglob("*.py"):
        os.utime(path, (1, 1))
        path.chmod(0o600)

    assert zipped(project, date) == archive
    names = zipfile.ZipFile(BytesIO(archive)).namelist()
    assert {"stash_face.yml", "py/main.py", "LICENSE"} <= set(names)
    assert [n for n in names if n.startswith("data/") or "__pycache__" in n] == []
    assert len(archive) < 1_000_000


def test_the_index_has_what_stash_compares(project: Path) -> None:
    date, short = last_change(project)
    archive = zipped(project, date)
    package = read(index(project, archive, date, short))

    assert (package["id"], package["path"]) == ("stash_face", "stash_face.zip")
    assert package["date"] == "2026-02-03 04:05:06"
    assert package["sha256"] == hashlib.sha256(archive).hexdigest()
    assert package["version"].endswith(f"-{short}")


def test_only_a_change_of_the_plugin_makes_a_newer_package(project: Path) -> None:
    (project / "README.md").write_text("Not packed.\n")
    commit(project, "2026-03-01T00:00:00Z")
    assert last_change(project)[0] == DATE

    (project / "plugin" / "py" / "new.py").write_text("# new\n")
    with pytest.raises(PackageError, match="changes that are not committed"):
        last_change(project)
    commit(project, "2026-03-02T00:00:00Z")
    assert last_change(project)[0] == datetime(2026, 3, 2, tzinfo=timezone.utc)


def test_a_folder_without_git_is_told(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="run this in a clone"):
        last_change(tmp_path)


def test_what_is_packed_answers_as_stash_asks(tmp_path: Path) -> None:
    plugins = tmp_path / "plugins"
    zipfile.ZipFile(BytesIO(zipped(ROOT, DATE))).extractall(plugins / "stash_face")
    with StashStandIn(tmp_path, plugins=plugins) as stash:
        health = Plugin(stash).get("health", quick=True)
    assert health["database"] is None


def test_the_command_writes_a_source(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dev.package.ROOT", project)
    assert main(["--out", str(tmp_path / "source")]) == 0

    package = read((tmp_path / "source" / "index.yml").read_text())
    archive = (tmp_path / "source" / "stash_face.zip").read_bytes()
    assert hashlib.sha256(archive).hexdigest() == package["sha256"]


def test_the_libraries_for_alpine_lie_beside_the_index_where_set_up_looks_for_them(
    tmp_path: Path,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("dev.package.ROOT", project)
    made, source = tmp_path / "stash-face-glibc-2.36-x86_64.tar.xz", tmp_path / "source"
    command = ["--out", str(source), "--runtime", str(tmp_path)]

    assert main(command) == 0
    assert f"{made.name} is missing, so Set up will ask for it" in capsys.readouterr().out
    made.write_bytes(b"libraries")
    assert main(command) == 1
    assert "is not what runtime.json names: run `make musl-" in capsys.readouterr().err

    told = json.loads((project / PINS).read_text())
    told["x86_64"]["glibc"]["sha256"] = hashlib.sha256(made.read_bytes()).hexdigest()
    (project / PINS).write_text(json.dumps(told))
    commit(project, "2026-03-01T00:00:00Z")
    assert main(command) == 0
    assert (source / made.name).read_bytes() == b"libraries"
    assert "which Set up takes from there on Alpine" in capsys.readouterr().out
