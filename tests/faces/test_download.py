from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import signal
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from stash_face import file_lock
from stash_face.errors import DownloadError, WeightsError
from stash_face.faces import download as subject
from stash_face.faces.download import OFFLINE, download, fetch_pack
from stash_face.faces.packs import Archive, Pack, WeightFile, load_pack
from stash_face.faces.transfer import CHUNK
from stash_face.faces.weights import require
from tests.fakes.file_server import FileServer

CONTENT = bytes(range(256)) * 6000
SIZE = len(CONTENT)
PLUGIN = Path(subject.__file__).resolve().parents[2]


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def get(url: str, target: Path, **rest: object) -> None:
    options = {"size": SIZE, "sha256": sha(CONTENT), "timeout": 5.0, "pause": 0.0, **rest}
    download(url, target, **options)  # type: ignore[arg-type]


def leavings(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_arrives_whole_and_leaves_nothing_beside_it(tmp_path: Path, web: FileServer) -> None:
    told: list[tuple[int, int]] = []
    target = tmp_path / "new" / "net.onnx"
    get(web.put("/net.onnx", CONTENT), target, progress=lambda *done: told.append(done))
    assert target.read_bytes() == CONTENT
    assert told[-1] == (SIZE, SIZE)
    assert told == sorted(told)
    assert leavings(target.parent) == ["net.onnx"]


def test_a_file_that_is_there_is_not_fetched_again(tmp_path: Path, web: FileServer) -> None:
    (tmp_path / "net.onnx").write_bytes(CONTENT)
    get(web.put("/net.onnx", CONTENT), tmp_path / "net.onnx")
    assert web.seen == []


def test_a_wrong_file_in_its_place_is_replaced(tmp_path: Path, web: FileServer) -> None:
    (tmp_path / "net.onnx").write_bytes(b"x" * SIZE)
    get(web.put("/net.onnx", CONTENT), tmp_path / "net.onnx")
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


def test_a_broken_connection_is_continued_where_it_broke(tmp_path: Path, web: FileServer) -> None:
    url = web.put("/net.onnx", CONTENT, cuts=[500_000, 600_000])
    get(url, tmp_path / "net.onnx")
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT
    assert [(ranges, status) for _, ranges, status in web.seen] == [
        (None, 200),
        # whole reads of 32 KiB are kept: 15 of the first 500,000 bytes, 18 of the next 600,000
        (f"bytes={15 * CHUNK}-", 206),
        (f"bytes={33 * CHUNK}-", 206),
    ]


def test_a_body_that_ends_early_without_stating_its_length_is_continued(
    tmp_path: Path, web: FileServer
) -> None:
    get(web.put("/net.onnx", CONTENT, cuts=[500_000], length=False), tmp_path / "net.onnx")
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


def test_a_server_that_ignores_ranges_starts_over(tmp_path: Path, web: FileServer) -> None:
    url = web.put("/net.onnx", CONTENT, cuts=[500_000], ranges=False)
    get(url, tmp_path / "net.onnx")
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT
    assert [status for _, _, status in web.seen] == [200, 200]


def test_a_server_that_never_gets_further_is_given_up(tmp_path: Path, web: FileServer) -> None:
    url = web.put("/net.onnx", CONTENT, cuts=[500_000] * 20, ranges=False)
    with pytest.raises(DownloadError, match=r"stopped sending .* at 491,520 of 1,536,000 bytes"):
        get(url, tmp_path / "net.onnx")
    assert len(web.seen) == 1 + subject.TRIES_HEARD


def test_the_next_call_continues_what_ctrl_c_left(tmp_path: Path, web: FileServer) -> None:
    url = web.put("/net.onnx", CONTENT)

    def interrupt(done: int, total: int) -> None:
        if done > 500_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(url, tmp_path / "net.onnx", progress=interrupt)
    left = (tmp_path / "net.onnx.part").stat().st_size
    assert 500_000 < left < SIZE
    get(url, tmp_path / "net.onnx")
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT
    assert web.seen[-1] == ("/net.onnx", f"bytes={left}-", 206)


def test_a_part_of_an_older_version_is_not_continued(tmp_path: Path, web: FileServer) -> None:
    url = web.put("/net.onnx", b"o" * SIZE, cuts=[500_000], status=200)
    with pytest.raises(KeyboardInterrupt):
        get(url, tmp_path / "net.onnx", progress=raise_interrupt)
    get(web.put("/net.onnx", CONTENT), tmp_path / "net.onnx")
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT
    assert web.seen[-1][2] == 200


def raise_interrupt(done: int, total: int) -> None:
    raise KeyboardInterrupt


def test_a_spoilt_part_is_noticed_and_fetched_afresh(tmp_path: Path, web: FileServer) -> None:
    url = web.put("/net.onnx", CONTENT)
    with pytest.raises(KeyboardInterrupt):
        get(url, tmp_path / "net.onnx", progress=raise_interrupt)
    part = tmp_path / "net.onnx.part"
    part.write_bytes(b"x" * part.stat().st_size)
    get(url, tmp_path / "net.onnx")
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT
    assert [status for _, _, status in web.seen] == [200, 206, 200]


@pytest.mark.parametrize(
    "note",
    [
        # none
        None,
        # not ours
        "{",
        "[]",
        '{"url": "http://127.0.0.1/other", "validator": null}',
    ],
)
def test_a_part_of_unknown_origin_is_not_continued(
    tmp_path: Path, web: FileServer, note: str | None
) -> None:
    (tmp_path / "net.onnx.part").write_bytes(b"x" * 1000)
    if note is not None:
        (tmp_path / "net.onnx.part.json").write_text(note)
    get(web.put("/net.onnx", CONTENT), tmp_path / "net.onnx")
    assert web.seen == [("/net.onnx", None, 200)]


def test_other_content_of_the_right_size_is_refused_and_not_kept(
    tmp_path: Path, web: FileServer
) -> None:
    url = web.put("/net.onnx", b"x" * SIZE)
    with pytest.raises(DownloadError, match=r"1,536,000 bytes of other content than expected"):
        get(url, tmp_path / "net.onnx")
    assert leavings(tmp_path) == []


PAGE = b"<html>log in to this network</html>"


@pytest.mark.parametrize(
    ("served", "sentence"),
    [
        # a login page in place of the file
        ({"content": PAGE, "kind": "text/html"}, "it sent 35 bytes of text/html where 1,536,000"),
        # the same, without a length
        (
            {"content": PAGE, "kind": "text/html; charset=utf-8", "length": False},
            "it sent a page of text/html where",
        ),
        # a file that has grown
        ({"content": CONTENT + b"x"}, "it sent 1,536,001 bytes of application/octet-stream"),
        # the same, without a length
        ({"content": CONTENT + b"x", "length": False}, "it sent more than 1,536,000 bytes of"),
        ({"content": b"", "status": 404}, r"is not there \(HTTP 404\): the file has moved, update"),
        ({"content": b"", "status": 403}, r"refuses .* \(HTTP 403\): try again later, or fetch"),
        ({"content": b"", "status": 503}, r"at 0 of 1,536,000 bytes \(HTTP 503\): try again"),
    ],
)
def test_what_is_not_the_file_is_said_in_a_sentence(
    tmp_path: Path, web: FileServer, served: dict[str, object], sentence: str
) -> None:
    with pytest.raises(DownloadError, match=sentence):
        get(web.put("/net.onnx", **served), tmp_path / "net.onnx")  # type: ignore[arg-type]
    assert not (tmp_path / "net.onnx").exists()


def test_a_login_page_does_not_cost_what_was_fetched_before(
    tmp_path: Path, web: FileServer
) -> None:
    url = web.put("/net.onnx", CONTENT)
    with pytest.raises(KeyboardInterrupt):
        get(url, tmp_path / "net.onnx", progress=raise_interrupt)
    web.put("/net.onnx", PAGE, kind="text/html")
    with pytest.raises(DownloadError, match="login page"):
        get(url, tmp_path / "net.onnx")
    web.put("/net.onnx", CONTENT)
    get(url, tmp_path / "net.onnx")
    assert web.seen[-1][2] == 206


def test_a_server_that_does_not_answer_is_named_after_a_few_tries(tmp_path: Path) -> None:
    with pytest.raises(DownloadError) as caught:
        get("http://127.0.0.1:9/net.onnx", tmp_path / "net.onnx")
    assert caught.value.code == OFFLINE
    sentence = r"127\.0\.0\.1:9 cannot be reached \(.+\): check the connection and try again\."
    assert re.fullmatch(sentence, caught.value.sentence)


def test_a_server_that_hangs_in_the_middle_is_not_waited_for(
    tmp_path: Path, web: FileServer
) -> None:
    url = web.put("/net.onnx", CONTENT, hangs=2 * CHUNK)
    with pytest.raises(DownloadError, match=r"at 65,536 of 1,536,000 bytes \(timed out\)"):
        get(url, tmp_path / "net.onnx", timeout=0.1)


def test_a_senseless_address_is_refused_without_tries(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="file:///etc/passwd cannot be fetched"):
        get("file:///etc/passwd", tmp_path / "net.onnx")


def test_a_file_too_large_for_the_disk_is_not_begun(tmp_path: Path, web: FileServer) -> None:
    url = web.put("/net.onnx", CONTENT)
    with pytest.raises(DownloadError, match=r"free and 1,000,000,000,032\.0 MB are needed: make"):
        get(url, tmp_path / "net.onnx", size=10**18)
    assert web.seen == []


def test_a_disk_that_fills_up_is_said_in_a_sentence(tmp_path: Path, web: FileServer) -> None:
    def fill(done: int, total: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(DownloadError, match=r"No space left on device\): make room .* continues"):
        get(web.put("/net.onnx", CONTENT), tmp_path / "net.onnx", progress=fill)
    assert (tmp_path / "net.onnx.part").exists()


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DownloadError, match=r"net\.onnx cannot be written into .* writable"):
        get("http://127.0.0.1:9/net.onnx", tmp_path / "file" / "net.onnx")


CHILD = """
import sys
from pathlib import Path
from stash_face.faces.download import download
download(sys.argv[1], Path(sys.argv[2]), size=int(sys.argv[3]), sha256=sys.argv[4])
"""


def child(url: str, target: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", CHILD, url, str(target), str(SIZE), sha(CONTENT)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(PLUGIN)})


def test_two_processes_that_want_one_file_fetch_it_once(tmp_path: Path, web: FileServer) -> None:
    url = web.put("/net.onnx", CONTENT, pause=0.02)
    children = [child(url, tmp_path / "net.onnx") for _ in range(2)]
    assert [process.wait(30) for process in children] == [0, 0]
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT
    assert len(web.seen) == 1
    assert leavings(tmp_path) == ["net.onnx"]


def test_a_killed_process_leaves_its_part_and_no_lock(tmp_path: Path, web: FileServer) -> None:
    url = web.put("/net.onnx", CONTENT, pause=0.05)
    process = child(url, tmp_path / "net.onnx")
    part = tmp_path / "net.onnx.part"
    deadline = time.monotonic() + 20
    while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    process.wait(10)
    web.files["/net.onnx"].pause = 0.0
    get(url, tmp_path / "net.onnx")
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT
    assert web.seen[-1][2] == 206


def test_where_the_file_system_has_no_locks_a_part_of_its_own_is_used(
    tmp_path: Path, web: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_lock, "_try_lock", lambda descriptor: False)
    another = tmp_path / "net.onnx.part"
    another.write_bytes(b"of another process")
    get(web.put("/net.onnx", CONTENT), tmp_path / "net.onnx")
    assert leavings(tmp_path) == ["net.onnx", "net.onnx.part"]
    assert another.read_bytes() == b"of another process"


DETECTOR, MOBILE, OWN = b"detector" * 4000, b"recogniser" * 5000, b"embedder" * 6000


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in members.items():
            bundle.writestr(name.replace("__", "/") + ".onnx", content)
    return buffer.getvalue()


def weight(name: str, content: bytes, archive: Archive | None, url: str | None) -> WeightFile:
    return WeightFile(name, len(content), sha(content), "research only", url, archive, None)


@pytest.fixture
def bundle() -> bytes:
    return zipped(det=DETECTOR, mbf=MOBILE, other=b"not asked for")


@pytest.fixture
def pack(web: FileServer, bundle: bytes) -> Pack:
    """Two files in an archive, one with its own address."""
    archive = Archive("b.zip", web.put("/b.zip", bundle), len(bundle), sha(bundle))
    own = weight("own.onnx", OWN, None, web.put("/own.onnx", OWN))
    return packed(archive, own)


def packed(archive: Archive, own: WeightFile) -> Pack:
    dev = load_pack("dev")
    mobile = dev.embedders[0]._replace(file=weight("mbf.onnx", MOBILE, archive, None))
    return dev._replace(
        name="test",
        detector=dev.detector._replace(file=weight("det.onnx", DETECTOR, archive, None)),
        embedders=(mobile, dev.embedders[1]._replace(file=own)),
    )


def test_a_pack_arrives_verified_and_stamped_and_only_what_it_needs(
    tmp_path: Path, web: FileServer, pack: Pack
) -> None:
    told: list[tuple[int, int]] = []
    announced: list[str] = []
    folder = tmp_path / "models"
    fetch_pack(pack, folder, lambda *done: told.append(done), announce=announced.append)
    names = ["det.onnx", "mbf.onnx", "own.onnx"]
    assert require(pack, [folder]) == {name: folder / name for name in names}
    assert leavings(folder) == sorted(names + [f"{name}.ok.json" for name in names])
    assert [path for path, _, _ in web.seen] == ["/b.zip", "/own.onnx"]
    total = len(web.files["/b.zip"].content) + len(OWN)
    assert told[-1] == (total, total)
    assert told == sorted(told)
    host = f"127.0.0.1:{web.server_port}"
    assert announced == [
        f"Downloading 0.0 MB of model weights for the pack test from {host} into {folder}: "
        "b.zip 0.0 MB, own.onnx 0.0 MB (licence: research only)."
    ]


def test_a_pack_that_is_there_is_neither_announced_nor_fetched(
    tmp_path: Path, web: FileServer, pack: Pack
) -> None:
    fetch_pack(pack, tmp_path)
    web.seen.clear()
    announced: list[str] = []
    fetch_pack(pack, tmp_path, announce=announced.append)
    assert (web.seen, announced) == ([], [])


def test_what_lies_elsewhere_is_not_fetched(tmp_path: Path, web: FileServer, pack: Pack) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "own.onnx").write_bytes(OWN)
    fetch_pack(pack, tmp_path / "models", elsewhere=[shared])
    assert [path for path, _, _ in web.seen] == ["/b.zip"]


def test_an_archive_put_there_by_hand_is_used_and_stays(
    tmp_path: Path, web: FileServer, pack: Pack, bundle: bytes
) -> None:
    (tmp_path / "b.zip").write_bytes(bundle)
    (tmp_path / "own.onnx").write_bytes(OWN)
    announced: list[str] = []
    fetch_pack(pack, tmp_path, announce=announced.append)
    assert (web.seen, announced) == ([], [])
    assert len(require(pack, [tmp_path])) == 3
    assert (tmp_path / "b.zip").read_bytes() == bundle


def test_without_a_network_one_sentence_names_what_to_put_where(tmp_path: Path, pack: Pack) -> None:
    archive = Archive("b.zip", "http://127.0.0.1:9/b.zip", 2_000_000, "0" * 64)
    own = weight("own.onnx", OWN, None, "http://127.0.0.1:9/own.onnx")
    with pytest.raises(DownloadError) as caught:
        fetch_pack(packed(archive, own), tmp_path, pause=0.0)
    reached, _, rest = caught.value.sentence.partition("; ")
    assert reached.startswith("127.0.0.1:9 cannot be reached (")
    assert rest == (
        "model weights are missing: det.onnx (0.0 MB, inside http://127.0.0.1:9/b.zip, 2.0 MB), "
        "mbf.onnx (0.1 MB, inside http://127.0.0.1:9/b.zip, 2.0 MB), "
        "own.onnx (0.0 MB, from http://127.0.0.1:9/own.onnx); "
        f"put them into {tmp_path}."
    )


def test_a_pack_with_a_file_of_no_address_is_refused_before_anything_is_fetched(
    tmp_path: Path, web: FileServer, pack: Pack
) -> None:
    unknown = pack.embedders[1].file._replace(url=None, page="https://example.org/models")
    part = pack.embedders[1]._replace(file=unknown)
    with pytest.raises(WeightsError, match=r"own\.onnx .*look for it at https://example.org"):
        fetch_pack(pack._replace(embedders=(pack.embedders[0], part)), tmp_path)
    assert web.seen == []


def link(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        bundle.writestr(entry, b"x" * len(DETECTOR))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        # the member is missing
        (zipped(mbf=MOBILE), r"does not hold det\.onnx as a plain file of 32,000 bytes"),
        # it has another size than pinned
        (zipped(det=b"small", mbf=MOBILE), r"does not hold det\.onnx as a plain file"),
        # it is there twice
        (zipped(det=DETECTOR, a__det=DETECTOR, mbf=MOBILE), r"does not hold det\.onnx"),
        # it is a link
        (link("det.onnx"), r"does not hold det\.onnx as a plain file"),
        # no zip at all
        (b"PK not really", r"is broken \(File is not a zip file\)"),
        # its content does not match its own checksum
        (
            zipped(det=DETECTOR, mbf=MOBILE).replace(zipped(det=DETECTOR)[40:60], b"?" * 20),
            "broken",
        ),
        # other content than pinned
        (zipped(det=DETECTOR[::-1], mbf=MOBILE), r"det\.onnx from .* has other content"),
    ],
)
def test_an_archive_that_does_not_hold_what_is_pinned_is_refused(
    tmp_path: Path, web: FileServer, pack: Pack, content: bytes, sentence: str
) -> None:
    archive = Archive("b.zip", web.put("/b.zip", content), len(content), sha(content))
    with pytest.raises(DownloadError, match=sentence):
        fetch_pack(packed(archive, pack.embedders[1].file), tmp_path)


def test_members_in_folders_land_under_their_own_name_inside_the_target(
    tmp_path: Path, web: FileServer, pack: Pack
) -> None:
    content = zipped(**{"..__..__det": DETECTOR, "buffalo__mbf": MOBILE})
    archive = Archive("b.zip", web.put("/b.zip", content), len(content), sha(content))
    folder = tmp_path / "a" / "b"
    fetch_pack(packed(archive, pack.embedders[1].file), folder)
    assert leavings(tmp_path) == ["a"]
    assert leavings(tmp_path / "a") == ["b"]
    assert (folder / "det.onnx").read_bytes() == DETECTOR
