from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stash_face.environment import making
from stash_face.environment.damage import damage
from stash_face.environment.host import Host
from stash_face.environment.making import make
from stash_face.environment.record import Record, read_record
from stash_face.errors import DownloadError, SetupNeeded
from tests.environment.standalone import VERSION, lock_of, wheel

PLUGIN = Path(__file__).resolve().parents[2] / "plugin" / "py"
HERE = Host("Linux", "x86_64", False, False, sys.executable, VERSION)

Make = Callable[..., Record]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a wheel and a lock of it."""
    folder = tmp_path / "shop"
    (folder / "locks").mkdir(parents=True)
    lock_of(folder / "locks" / "cpu.txt", wheel(folder, "tiny", tiny="x = 1\n"))
    monkeypatch.setenv("STASH_FACE_WHEELS", str(folder))
    return folder


@pytest.fixture
def made(tmp_path: Path, shop: Path) -> Make:
    def run(host: Host = HERE, needed: tuple[str, ...] = ("tiny",)) -> Record:
        return make(tmp_path / "env", host=host, locks=shop / "locks", needed=needed)

    return run


def told_by(record: Record, code: str) -> str:
    run = subprocess.run(
        [*record.command(), "-E", "-c", code], capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def test_the_environment_holds_what_the_lock_says_whatever_pip_was_told_elsewhere(
    made: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_REQUIRE_VIRTUALENV", "1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "env" / "notes").mkdir(parents=True)

    record = made()

    assert told_by(record, "import tiny; print(tiny.x)") == "1"
    assert read_record(record.folder) == record
    assert damage(record.packages) == ""
    # No pip, no cache, nothing half done; and what a person put there stays.
    assert not (record.packages / "pip").exists()
    assert {path.name for path in record.folder.iterdir()} == {
        "current.json",
        "notes",
        Path(record.python).parts[0],
    }
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("spoil", ["delete", "cut"])
def test_a_second_time_nothing_is_made_unless_a_file_is_damaged(made: Make, spoil: str) -> None:
    first = made()
    before = first.interpreter.lstat().st_mtime_ns
    assert made() == first
    assert first.interpreter.lstat().st_mtime_ns == before

    module = first.packages / "tiny-1.0.dist-info" / "METADATA"
    if spoil == "delete":
        module.unlink()
    else:
        module.write_text("")

    second = made()
    assert second.python != first.python
    assert damage(second.packages) == ""
    assert not first.interpreter.exists()


def test_another_lock_makes_another_environment_and_the_old_one_goes(
    made: Make, shop: Path
) -> None:
    first = made()
    newer = wheel(shop, "tiny", "2.0", tiny="x = 2\n")
    lock_of(shop / "locks" / "cpu.txt", newer)

    second = made(needed=("tiny",))

    assert told_by(second, "import tiny; print(tiny.x)") == "2"
    assert not first.interpreter.exists()


def test_a_failure_leaves_the_environment_that_is_in_use(made: Make, shop: Path) -> None:
    first = made()
    other = wheel(shop, "other", other="z = 3\n")
    lock_of(shop / "locks" / "cpu.txt", other)
    other.write_bytes(b"cut")

    with pytest.raises(DownloadError, match="could not be installed, because"):
        made(needed=("other",))
    assert read_record(first.folder) == first
    assert told_by(first, "import tiny; print(tiny.x)") == "1"


def test_a_package_of_other_content_than_pinned_is_not_installed(made: Make, shop: Path) -> None:
    wheel(shop, "tiny", tiny="x = 'evil'\n")

    with pytest.raises(DownloadError, match="a package has other content than this version of"):
        made()


def test_a_package_that_does_not_load_here_is_told_before_it_is_used(
    made: Make, tmp_path: Path
) -> None:
    with pytest.raises(SetupNeeded, match=r"do not run on this computer \(ModuleNotFoundError: "):
        made(needed=("tiny", "missing_library"))
    assert read_record(tmp_path / "env") is None


# Stops for ever where an installation has begun its second part.
HELD = """
import sys
sys.path.insert(0, {plugin!r})
from pathlib import Path
from stash_face.environment import packages
from stash_face.environment.host import Host
from stash_face.environment.making import make

install = packages._install_part

def held(python, pip, part, *rest):
    if part[0].startswith({stop!r}):
        print("held", flush=True)
        sys.stdin.read()
    install(python, pip, part, *rest)

packages._install_part = held
make(Path({folder!r}), host=Host(*{host!r}), locks=Path({locks!r}), needed=("tiny",))
"""


def test_one_killed_half_way_is_gone_on_with(made: Make, shop: Path, tmp_path: Path) -> None:
    # Large packages are parts of their own; this one has the name of one.
    sympy = wheel(shop, "sympy", sympy="y = 2\n")
    lock_of(shop / "locks" / "cpu.txt", shop / "tiny-1.0-py3-none-any.whl", sympy)
    script = textwrap.dedent(HELD).format(
        plugin=str(PLUGIN), stop="sympy", folder=str(tmp_path / "env"), host=tuple(HERE),
        locks=str(shop / "locks"),
    )  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.kill()
    assert read_record(tmp_path / "env") is None
    (half,) = (tmp_path / "env").glob(".building-*")
    # Only what is still needed is taken this time.
    (shop / "tiny-1.0-py3-none-any.whl").unlink()

    assert told_by(made(), "import tiny, sympy; print(tiny.x + sympy.y)") == "3"
    assert not half.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells of processes")
def test_pip_ends_with_the_process_that_started_it() -> None:
    """Stash kills one process only, and what survived would write into the next attempt."""
    script = f"""
import sys
sys.path.insert(0, {str(PLUGIN)!r})
from stash_face.environment.child import run_python
run_python([sys.executable], "import time; print(os.getpid(), flush=True); time.sleep(600)",
           on_line=lambda line: print(line, flush=True))
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        assert runs(child)
        process.kill()
    patience = time.monotonic() + 60
    while runs(child):
        assert time.monotonic() < patience
        time.sleep(0.01)


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2]
    except OSError:
        return False
    return state[0] != "Z"


def test_too_small_a_disk_is_told_before_anything_is_fetched(
    made: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(making.SIZES, "cpu", (1, 10**9))

    with pytest.raises(DownloadError, match=r"MB free, and Set up needs 1,000,000,000 MB there: "):
        made()
    assert [path.name for path in (tmp_path / "env").iterdir()] == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, shop: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(DownloadError, match="cannot be written into .*STASH_FACE_ENVIRONMENT"):
        make(tmp_path / "file" / "env", host=HERE, locks=shop / "locks")


def test_without_stash_s_folder_it_is_said_what_to_set() -> None:
    with pytest.raises(SetupNeeded, match="set STASH_FACE_ENVIRONMENT to the folder"):
        make(None)
