from __future__ import annotations

import http.client
import json
import os
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.stash_plugins import PluginError, decode_line, decode_output
from tests.fakes.stash_server import StashStandIn

MANIFEST = """
name: Echo
exec: [python, "{pluginDir}/echo.py"]
interface: raw
errLog: warning
tasks:
  - name: Say it
    defaultArgs: {mode: echo, count: 3}
"""
ECHO = """
import json, os, subprocess, sys, time
request = json.load(sys.stdin)
args = request["args"]
for line in args.get("stderr", []):
    sys.stderr.write(line + "\\n")
    sys.stderr.flush()
if args.get("mode") == "sleep":
    idle = [sys.executable, "-c", "import time; time.sleep(60)"]
    child = subprocess.Popen(idle, stdout=subprocess.DEVNULL)
    open(args["pid_file"], "w").write(f"{os.getpid()} {child.pid}")
    time.sleep(60)
print(args["stdout"] if "stdout" in args else json.dumps({"output": request}), end="")
sys.exit(args.get("exit", 0))
"""


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    folder = tmp_path / "plugins" / "echo"
    folder.mkdir(parents=True)
    (folder / "echo.yml").write_text(MANIFEST)
    (folder / "echo.py").write_text(ECHO)
    return folder.parent


@pytest.fixture
def stash(tmp_path: Path, plugins: Path) -> Iterator[StashStandIn]:
    with StashStandIn(tmp_path, plugins=plugins) as server:
        yield server


def picture(path: Path, width: int = 3) -> Path:
    size = width.to_bytes(4, "big") + (2).to_bytes(4, "big")
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size + b"\x08\x02\0\0\0")
    return path


def ask(
    stash: StashStandIn, query: str, headers: dict[str, str] | None = None, **variables: Any
) -> tuple[int, Any]:
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"{stash.url}/graphql", body, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode()
            return error.code, json.loads(text) if text.startswith("{") else text


def get(stash: StashStandIn, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", stash.port, timeout=10)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def wait_for(path: Path) -> list[int]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if path.exists() and path.read_text():
            return [int(pid) for pid in path.read_text().split()]
        time.sleep(0.01)
    raise AssertionError(f"{path} was never written")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().split()[2] != "Z"


def test_the_plugin_gets_the_document_that_stash_sends(stash: StashStandIn, tmp_path: Path) -> None:
    got = stash.operation("echo", {"mode": "x", "n": 5})

    connection = got["server_connection"]
    assert got["args"] == {"mode": "x", "n": 5}
    assert (connection["Scheme"], connection["Host"]) == ("http", "0.0.0.0")
    assert connection["Port"] == stash.port
    assert connection["SessionCookie"]["Name"] == "session"
    assert connection["SessionCookie"]["Expires"] == "0001-01-01T00:00:00Z"
    assert connection["PluginDir"] == str(tmp_path / "plugins" / "echo")


def test_an_operation_runs_through_graphql_and_its_error_is_a_graphql_error(
    stash: StashStandIn,
) -> None:
    run = 'mutation($args: Map) { runPluginOperation(plugin_id: "echo", args: $args) }'
    good, bad = {"stdout": '{"output": 7}'}, {"stdout": '{"error": "no"}'}

    assert ask(stash, run, args=good) == (200, {"data": {"runPluginOperation": 7}})
    status, answer = ask(stash, run, args=bad)
    assert status == 200
    assert answer["errors"] == [{"message": "no", "path": ["runPluginOperation"]}]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"stdout": "{}", "exit": 3}, "exit status 3"),
        ({"stdout": '{"error": "broken"}', "exit": 3}, "broken"),  # its own words win
    ],
)
def test_a_failing_plugin_raises_what_stash_would_show(
    stash: StashStandIn, args: dict[str, Any], message: str
) -> None:
    with pytest.raises(PluginError) as raised:
        stash.operation("echo", args)
    assert str(raised.value) == message


def test_an_unknown_plugin_is_a_nil_dereference(stash: StashStandIn) -> None:
    with pytest.raises(PluginError, match="nil pointer dereference"):
        stash.operation("nobody")


@pytest.mark.parametrize(
    ("stdout", "decoded"),
    [
        ('{"output": {"a": 1}}', (None, {"a": 1})),
        ('{"Error": "no", "OUTPUT": 1}', ("no", 1)),  # Go matches keys without case
        ('{"foo": 1}', (None, None)),  # neither key: no error and no output
        ("null", (None, None)),
        ("", (None, "")),  # not decodable: all of it is the output
        ('{"output": NaN}', (None, '{"output": NaN}')),
        ("[1]", (None, "[1]")),
        ('{"error": 5}', (None, '{"error": 5}')),
        ('warning\n{"output": 1}', (None, 'warning\n{"output": 1}')),
    ],
)
def test_stdout_is_decoded_as_go_does(stdout: str, decoded: tuple[str | None, Any]) -> None:
    assert decode_output(stdout) == decoded


@pytest.mark.parametrize(
    ("line", "decoded"),
    [
        ("\x01i\x02hello ", ("info", "hello")),
        ("\x01p\x020.5", ("progress", "0.5")),
        ("plain", ("warning", "plain")),  # the manifest's errLog
        ("\x01q\x02what", ("warning", "\x01q\x02what")),
        ("\x01i\x02", ("warning", "\x01i\x02")),  # three bytes are too few to be coded
    ],
)
def test_stderr_levels_are_read_from_the_prefix(line: str, decoded: tuple[str, str]) -> None:
    assert decode_line(line, "warning") == decoded


def test_a_stderr_line_of_64_kib_closes_the_pipe(stash: StashStandIn) -> None:
    fits, too_long = "a" * 65535, "b" * 65536

    with pytest.raises(PluginError, match="exit status 1"):
        stash.operation("echo", {"stderr": [fits, too_long, *["c" * 65000] * 5], "stdout": "{}"})
    assert ("warning", fits) in stash.log
    assert not [text for _, text in stash.log if text[0] in "bc"]


def test_a_hung_up_client_kills_the_plugin_but_not_its_child(
    stash: StashStandIn, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pids"
    args = json.dumps({"mode": "sleep", "pid_file": str(pid_file)})
    query = 'mutation($args: Map) { runPluginOperation(plugin_id: "echo", args: $args) }'
    body = json.dumps({"query": query, "variables": {"args": json.loads(args)}})
    connection = http.client.HTTPConnection("127.0.0.1", stash.port)
    connection.request("POST", "/graphql", body)
    plugin, child = wait_for(pid_file)

    connection.close()

    deadline = time.monotonic() + 5
    while is_alive(plugin) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (is_alive(plugin), is_alive(child)) == (False, True)
    os.kill(child, 9)


def test_a_task_fills_default_arguments_and_is_finished_even_after_an_error(
    stash: StashStandIn,
) -> None:
    stderr = ["\x01p\x020.25", "\x01p\x021"]
    job = stash.run_task("echo", "Say it", {"stderr": stderr, "mode": "mine"})
    failed = stash.run_task("echo", "Say it", {"stdout": '{"error": "broken"}'})

    assert (job.status, job.description) == ("FINISHED", "Running plugin task: Say it")
    assert stash.progress == [0.25, 1.0]
    returned = next(text for level, text in stash.log if level == "debug")
    assert "'args': {'mode': 'mine', 'count': '3', 'stderr'" in returned
    assert (failed.status, failed.error) == ("FINISHED", None)
    assert ("error", "Plugin returned error: broken") in stash.log


def test_only_a_task_that_cannot_start_has_failed(stash: StashStandIn) -> None:
    job = stash.run_task("echo", "No such task")
    assert job.status == "FAILED"
    assert job.error == "Error creating plugin task: no task with name No such task in plugin Echo"


def test_stopping_a_job_kills_the_plugin_and_drops_what_waits(
    stash: StashStandIn, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pids"
    running = stash.queue_task("echo", None, None, {"mode": "sleep", "pid_file": str(pid_file)})
    waiting = stash.queue_task("echo", None, None, {})
    plugin, child = wait_for(pid_file)

    ask(stash, f"mutation {{ stopJob(job_id: {waiting}) }}")
    ask(stash, f"mutation {{ stopJob(job_id: {running}) }}")

    assert stash.jobs.wait(running).status == "CANCELLED"
    assert stash.jobs.wait(waiting).status == "CANCELLED"
    _, answer = ask(
        stash, f'{{ findJob(input: {{id: "{running}"}}) {{ status error }} jobQueue {{ id }} }}'
    )
    assert answer["data"] == {"findJob": {"status": "CANCELLED", "error": None}, "jobQueue": None}
    os.kill(child, 9)


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        ("name: X\ncolour: red", "field colour not found"),
        ("name: X\nname: Y", 'key "name" already set'),
        ("name: X\nsettings:\n  a: {type: NUMBER, default: 5}", "field default not found"),
        ("name: X\nsettings:\n  a: {type: LIST}", "invalid type LIST"),
        ("name: X\nexec: python main.py", "cannot unmarshal exec into a list"),
    ],
)
def test_a_manifest_that_stash_would_refuse_is_refused(
    stash: StashStandIn, plugins: Path, manifest: str, problem: str
) -> None:
    (plugins / "bad.yml").write_text(manifest)
    with pytest.raises(PluginError, match="nil pointer"):
        stash.operation("bad")
    assert any(problem in text for level, text in stash.log if level == "error")


def test_an_unknown_field_is_a_422_as_in_stash(stash: StashStandIn) -> None:
    status, answer = ask(stash, '{ findImage(id: "1") { colour } }')
    assert status == 422
    assert answer["errors"][0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert ask(stash, "query($id: Int!) { findImage(id: $id) { id } }")[0] == 422


def test_a_picture_in_a_folder_and_in_a_zip_is_one_image_with_two_files(
    stash: StashStandIn, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in (10, 2):
        picture(folder / f"page{number}.png", width=number)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.write(folder / "page2.png", "inner/page2.png")

    in_folder, in_zip = (
        stash.add_folder_gallery(folder),
        stash.add_zip_gallery(tmp_path / "set.zip"),
    )

    _, answer = ask(
        stash,
        f"""{{ findImages(
        filter: {{sort: "path"}},
        image_filter: {{galleries: {{value: [{in_folder}], modifier: INCLUDES}}}}
        ) {{ count images {{ galleries {{ id }} visual_files {{
        ... on ImageFile {{ basename width zip_file {{ path }} }} }} }} }} }}""",
    )
    found = answer["data"]["findImages"]
    assert found["count"] == 2
    assert found["images"][0] == {
        "galleries": [{"id": in_folder}, {"id": in_zip}],
        "visual_files": [
            {"basename": "page2.png", "width": 2, "zip_file": None},
            {"basename": "page2.png", "width": 2, "zip_file": {"path": str(tmp_path / "set.zip")}},
        ],
    }


def test_media_are_served_from_disk_and_from_inside_zips(
    stash: StashStandIn, tmp_path: Path
) -> None:
    loose = picture(tmp_path / "loose.png")
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("a.png", loose.read_bytes() + b"other")
    image = stash.add_image(loose)
    stash.add_zip_gallery(tmp_path / "set.zip")
    performer = stash.add_performer("Ada")

    assert get(stash, f"/image/{image}/image") == (200, loose.read_bytes())
    assert get(stash, "/image/2/thumbnail?t=1") == (200, loose.read_bytes() + b"other")
    assert get(stash, f"/performer/{performer}/image")[1].startswith(b"<svg")
    assert get(stash, "/scene/abc_sprite.jpg")[0] == 404
    loose.unlink()
    assert get(stash, f"/image/{image}/image")[0] == 500
    stash.delete_image(image)
    assert get(stash, f"/image/{image}/image")[0] == 404


def test_performers_are_found_by_stash_id_and_added_in_bulk(
    stash: StashStandIn, tmp_path: Path
) -> None:
    image = stash.add_image(picture(tmp_path / "a.png"))
    ada = stash.add_performer("Ada", [("https://stashdb.org/graphql", "uuid-1")])
    eve = stash.add_performer("Eve")
    query = """{ findPerformers(performer_filter: {stash_id_endpoint: {stash_id: "uuid-1",
        modifier: EQUALS}}) { performers { id stash_ids { endpoint stash_id } } } }"""

    assert ask(stash, query)[1]["data"]["findPerformers"]["performers"] == [
        {
            "id": ada,
            "stash_ids": [{"endpoint": "https://stashdb.org/graphql", "stash_id": "uuid-1"}],
        }
    ]
    for performer, mode in ((ada, "SET"), (eve, "ADD"), (ada, "REMOVE")):
        ask(
            stash,
            f"""mutation {{ bulkImageUpdate(input: {{ids: [{image}],
            performer_ids: {{ids: [{performer}], mode: {mode}}}}}) {{ id }} }}""",
        )
    answer = ask(stash, f"{{ findImage(id: {image}) {{ performers {{ name }} }} }}")[1]
    assert answer["data"]["findImage"]["performers"] == [{"name": "Eve"}]


def test_a_password_asks_for_the_cookie_or_the_key(tmp_path: Path) -> None:
    query = "{ version { version } }"
    with StashStandIn(tmp_path, password=True, api_key="k3y") as stash:
        image = stash.add_image(picture(tmp_path / "a.png"))
        cookie = {"Cookie": f"session={stash.sessions.cookie()}"}

        assert ask(stash, query)[0] == 401
        assert ask(stash, query, cookie)[0] == 200
        assert ask(stash, query, {"ApiKey": "k3y"})[0] == 200
        assert ask(stash, query, {**cookie, "ApiKey": "wrong"})[0] == 401
        assert get(stash, f"/image/{image}/image?apikey=k3y")[0] == 200
        assert get(stash, f"/image/{image}/image")[0] == 302  # to the login page

        stash.expire_sessions()
        assert ask(stash, query, cookie)[0] == 401
        renewed = {"Cookie": f"{cookie['Cookie']}; session={stash.sessions.cookie()}"}
        assert ask(stash, query, renewed)[0] == 401  # the first cookie of the name counts


def test_without_a_password_everything_local_is_allowed(stash: StashStandIn) -> None:
    stash.expire_sessions()
    assert ask(stash, "{ version { version } }")[0] == 200


def test_faults_are_used_up_request_by_request(stash: StashStandIn) -> None:
    query = "query Which { version { version } }"
    stash.faults["graphql"] = ["503", None, "locked"]

    answers = [ask(stash, query) for _ in range(4)]

    assert [status for status, _ in answers] == [503, 200, 200, 200]
    assert "database is locked" in answers[2][1]["errors"][0]["message"]
    assert [each.operation for each in stash.requests] == ["Which"] * 4


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("close", http.client.IncompleteRead),
        ("reset", ConnectionResetError),
        ("hang", TimeoutError),
    ],
)
def test_faults_break_the_connection(
    stash: StashStandIn, fault: str, error: type[Exception]
) -> None:
    stash.faults["media"] = fault
    connection = http.client.HTTPConnection("127.0.0.1", stash.port, timeout=0.3)
    connection.request("GET", "/image/1/image")
    with pytest.raises(error):
        connection.getresponse().read()
    connection.close()


def test_the_stand_in_leaves_no_thread_and_no_process_behind(tmp_path: Path, plugins: Path) -> None:
    pid_file = tmp_path / "pids"
    before = set(threading.enumerate())
    with StashStandIn(tmp_path, plugins=plugins) as stash:
        stash.queue_task("echo", None, None, {"mode": "sleep", "pid_file": str(pid_file)})
        plugin, child = wait_for(pid_file)
    os.kill(child, 9)

    deadline = time.monotonic() + 5
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (set(threading.enumerate()) - before, is_alive(plugin)) == (set(), False)


def test_a_scene_has_addresses_for_a_sprite_that_may_not_be_there(
    stash: StashStandIn, tmp_path: Path
) -> None:
    video = tmp_path / "clip.mp4"
    video.write_bytes(bytes(range(256)) * 4)
    scene_id = stash.add_scene(video, duration=12.5)
    query = "{ findScene(id: 1) { paths { vtt sprite } files { duration } } }"
    scene = ask(stash, query)[1]["data"]["findScene"]
    paths = scene["paths"]
    assert scene["files"] == [{"duration": 12.5}]

    with pytest.raises(urllib.error.HTTPError, match="404") as refused:
        urllib.request.urlopen(paths["sprite"])
    refused.value.close()
    stash.add_sprite(scene_id, b"\xff\xd8sheet", b"WEBVTT")
    for address, content in (
        (paths["vtt"], b"WEBVTT"),
        (f"{stash.url}/scene/1/vtt/sprite", b"\xff\xd8sheet"),
    ):
        with urllib.request.urlopen(address) as answer:
            assert answer.read() == content


@pytest.mark.parametrize(
    ("wanted", "status", "content"),
    [("bytes=2-5", 206, b"cdef"), ("bytes=24-", 206, b"yz"), ("bytes=24-99", 206, b"yz")],
)
def test_a_stream_is_given_in_parts(
    stash: StashStandIn, tmp_path: Path, wanted: str, status: int, content: bytes
) -> None:
    video = tmp_path / "clip.mp4"
    video.write_bytes(b"abcdefghijklmnopqrstuvwxyz")
    stash.add_scene(video)
    request = urllib.request.Request(f"{stash.url}/scene/1/stream", headers={"Range": wanted})
    with urllib.request.urlopen(request) as answer:
        assert (answer.status, answer.read()) == (status, content)
