from __future__ import annotations

import json
from pathlib import Path

from tests.fakes.stash_hooks import scan_scene
from tests.fakes.stash_server import StashStandIn

MANIFEST = """
name: Echo
exec: [python, "{pluginDir}/echo.py"]
hooks:
  - name: Say it
    triggeredBy: [Scene.Create.Post]
    defaultArgs: {mode: noted}
  - name: Not this
    triggeredBy: [Image.Create.Post]
    defaultArgs: {mode: other}
"""
ECHO = """
import json, pathlib, sys
request = json.load(sys.stdin)
with pathlib.Path(__file__).with_name("heard.jsonl").open("a") as out:
    out.write(json.dumps(request["args"]) + chr(10))
print(json.dumps({"output": None}))
"""


def test_a_scan_starts_the_hooks_of_a_scene_once_it_is_there(tmp_path: Path) -> None:
    plugin = tmp_path / "plugins" / "echo"
    plugin.mkdir(parents=True)
    (plugin / "echo.yml").write_text(MANIFEST)
    (plugin / "echo.py").write_text(ECHO)
    (tmp_path / "clip.mp4").write_bytes(b"video" * 100)

    with StashStandIn(tmp_path, plugins=plugin.parent) as stash:
        scene_id = scan_scene(stash, tmp_path / "clip.mp4")

    heard = [json.loads(line) for line in (plugin / "heard.jsonl").read_text().splitlines()]
    context = {"id": int(scene_id), "type": "Scene.Create.Post", "input": None}
    assert heard == [{"mode": "noted", "hookContext": context}]
