"""What Set up leaves on Alpine, in a root that holds nothing but a static busybox and musl."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from dev.musl_runtime import NAME, PACKAGES, BundleError, Package, bundle, obtain
from stash_face.environment.record import Record, read_record
from tests.conftest import absent
from tests.environment.standalone import (
    installed_from,
    lock_of,
    pins,
    standalone_python,
    wheel,
)
from tests.fakes.file_server import file_server

pytestmark = [
    pytest.mark.models,
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() != "x86_64",
        reason="the runtime is made for Linux on x86-64",
    ),
]
ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "debian"
# What onnxruntime reads of the processor; a container has the kernel's own.
KERNEL = ("proc/cpuinfo", "sys/devices/system/cpu/possible", "sys/devices/system/cpu/present")
LINKED = (
    "numpy", "numpy.libs", "cv2", "opencv_python_headless.libs", "onnxruntime", "voyager", "av",
    "av.libs", "PIL", "pillow.libs", "pillow_heif", "pillow_heif.libs", "insightface", "requests",
    "urllib3", "certifi", "idna", "charset_normalizer", "stashapi", "packaging", "humanfriendly",
    "coloredlogs", "flatbuffers", "google", "sympy", "mpmath",
)  # fmt: skip


Packed = list[tuple[Package, bytes]]


def debian(name: str) -> Path:
    """The package as this computer's apt has it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if not list(CACHE.glob(f"{name}_*.deb")):
        command = ["apt-get", "download", name]
        got = subprocess.run(command, cwd=CACHE, capture_output=True, check=False)
        if got.returncode != 0:
            absent(f"apt has no {name}: run `apt-get update`, or put its package into {CACHE}")
    return next(CACHE.glob(f"{name}_*.deb"))


@pytest.fixture(scope="module")
def packages() -> Packed:
    """Those of the bundle; where Debian has replaced one, the newer one."""
    found = []
    for package in PACKAGES:
        path = debian(package.name.partition("_")[0])
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        found.append((package._replace(path=path.name, sha256=sha256), content))
    return found


@pytest.fixture(scope="module")
def runtime(packages: Packed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both archives of the runtime."""
    folder = tmp_path_factory.mktemp("runtime")
    (folder / NAME).write_bytes(bundle(packages))
    standalone_python(folder / "cpython.tar")
    return folder


@pytest.fixture(scope="module")
def alpine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root, in which Set up has been; it has the plugin and its packages, too."""
    if os.geteuid() != 0:
        absent("only root may change the root folder of a process")
    root = tmp_path_factory.mktemp("alpine")
    for name in ("busybox-static", "musl"):
        subprocess.run(["dpkg-deb", "-x", str(debian(name)), str(root)], check=True)
    for name in ("sh", "env"):
        (root / "bin" / name).symlink_to("busybox")
    (root / "etc" / "hosts").write_text("127.0.0.9 nas.test\n")
    for name in KERNEL:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(Path("/", name).read_bytes())
    shutil.copytree(ROOT / "plugin", root / "plugin", ignore=shutil.ignore_patterns("data"))
    return root


@pytest.fixture(scope="module")
def record(alpine: Path, runtime: Path) -> Record:
    """As it is told inside the root; Set up takes what it needs from the package source that Stash
    noted."""
    shop = runtime / "shop"
    (shop / "locks").mkdir(parents=True)
    lock_of(shop / "locks" / "cpu.txt", wheel(shop, "tiny", tiny="x = 1\n"))
    told = pins(runtime / "cpython.tar", runtime / NAME)
    with file_server() as server:
        for archive in ("cpython.tar", NAME):
            url = server.put(f"/stable/{archive}", (runtime / archive).read_bytes())
        told["x86_64"]["python"]["url"] = url.replace(NAME, "cpython.tar")
        installed_from(alpine / "plugin", url.replace(NAME, "index.yml"))
        made = set_up(alpine, shop, told)
    assert [path for path, _, _ in server.seen] == [f"/stable/{NAME}", "/stable/cpython.tar"]
    for name in LINKED:
        link_tree(Path(sysconfig.get_path("purelib")) / name, made.packages / name)
    return made._replace(folder=Path("/root/stash_face_venv"))


def set_up(alpine: Path, shop: Path, told: dict[str, Any]) -> Record:
    """The root's own plugin makes the environment there, as on Alpine."""
    code = """
import json, sys
from pathlib import Path
folder, plugin, locks, pins = sys.argv[1:]
sys.path.insert(0, plugin)
from stash_face.environment.host import Host
from stash_face.environment.making import make
make(Path(folder), host=Host("Linux", "x86_64", True, False, None, ""), locks=Path(locks),
     pins=json.loads(pins), needed=("tiny", "ssl", "sqlite3", "ctypes"))
"""
    folder = alpine / "root" / "stash_face_venv"
    command = [sys.executable, "-c", code, str(folder), str(alpine / "plugin" / "py")]
    variables = {**os.environ, "STASH_FACE_WHEELS": str(shop)}
    run = subprocess.run(
        [*command, str(shop / "locks"), json.dumps(told)],
        env=variables, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    made = read_record(folder)
    assert made, run.stderr
    return made


def link_tree(source: Path, target: Path) -> None:
    def link(one: str, other: str) -> None:
        try:
            os.link(one, other)
        except OSError:
            shutil.copy2(one, other)

    if source.is_dir():
        shutil.copytree(source, target, copy_function=link, dirs_exist_ok=True)


def inside(alpine: Path, record: Record, *arguments: str, stdin: str = "") -> str:
    variables = {"PATH": "/bin", "STASH_FACE_INSIDE": "1"}
    command = [str(shutil.which("chroot")), str(alpine), *record.command(), "-E", "-s", *arguments]
    run = subprocess.run(
        command, env=variables, input=stdin, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_root_holds_no_glibc(alpine: Path) -> None:
    before = [path for path in alpine.rglob("*") if path.name.startswith(("libc.so.6", "ld-linux"))]

    assert all("stash_face_venv" in path.parts for path in before)
    assert not (alpine / "lib64").exists()


def test_every_package_runs_there_and_a_model_gives_a_vector(
    alpine: Path, record: Record, dev_models: Path
) -> None:
    shutil.copy(dev_models / "w600k_mbf.onnx", alpine / "model.onnx")
    code = """
import av, cv2, json, numpy, onnxruntime, pillow_heif, requests, ssl, sqlite3
import stashapi, sys, voyager
from PIL import Image
session = onnxruntime.InferenceSession("/model.onnx", providers=["CPUExecutionProvider"])
face = numpy.zeros((1, 3, 112, 112), numpy.float32)
(vector,) = session.run(None, {session.get_inputs()[0].name: face})
index = voyager.Index(voyager.Space.Cosine, 512, storage_data_type=voyager.StorageDataType.E4M3)
index.add_item(vector[0])
print(json.dumps([sys.executable, vector.shape, len(index)]))
"""

    executable, shape, count = json.loads(inside(alpine, record, "-c", code))
    assert executable == str(record.interpreter)
    assert (shape, count) == ([1, 512], 1)


def test_names_of_computers_are_found_as_the_system_has_them(alpine: Path, record: Record) -> None:
    code = "import socket; print(socket.getaddrinfo('nas.test', 80)[0][4][0])"

    assert inside(alpine, record, "-c", code) == "127.0.0.9\n"


def test_programs_of_the_system_run_and_inherit_no_library_path(
    alpine: Path, record: Record
) -> None:
    code = "import subprocess; print(subprocess.check_output(['/bin/sh', '-c', 'env'], text=True))"

    told = inside(alpine, record, "-c", code)
    assert "PATH=/bin" in told
    assert "LD_" not in told


def test_the_plugin_answers_there(alpine: Path, record: Record) -> None:
    document = {
        "server_connection": {
            "Scheme": "http", "Host": "127.0.0.1", "Port": 9, "Dir": "/root",
            "PluginDir": "/plugin",
        },
        "args": {"mode": "health"},
    }  # fmt: skip

    told: dict[str, Any] = json.loads(
        inside(alpine, record, "/plugin/py/main.py", stdin=json.dumps(document))
    )
    assert told["output"]["packages_missing"] == []
    assert told["output"]["interpreter"] == str(record.interpreter)


def test_the_bundle_is_the_very_one_that_set_up_takes(packages: Packed, runtime: Path) -> None:
    known = json.loads((ROOT / "plugin/py/stash_face/environment/runtime.json").read_text())
    pinned = known["x86_64"]["glibc"]

    assert pinned["name"] == NAME
    made = pins(runtime / "cpython.tar", runtime / NAME)["x86_64"]["glibc"]
    # Where Debian has replaced a package, the release's bundle is made of the older one.
    replaced = [package.sha256 for package, _ in packages] != [each.sha256 for each in PACKAGES]
    assert (made == pinned) != replaced


def test_a_package_of_other_content_than_pinned_is_refused(tmp_path: Path) -> None:
    package = PACKAGES[-1]
    (tmp_path / package.name).write_bytes(b"another")

    with pytest.raises(BundleError, match="has other content than is pinned"):
        obtain(package, tmp_path, None)
    with pytest.raises(BundleError, match="has no libc6_.*apt-get download"):
        obtain(PACKAGES[0], tmp_path, None)
