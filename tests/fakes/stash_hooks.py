"""What a scan of the Stash stand-in sets off: hooks, one after the other, while the scan waits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fakes.stash_manifest import Manifest, load_manifests
from tests.fakes.stash_plugins import PluginError

if TYPE_CHECKING:
    from tests.fakes.stash_server import StashStandIn


def scan_scene(stash: StashStandIn, path: Path, **about: Any) -> str:
    """The scene that a scan makes of a video. Its hooks run at once: before there is a cover or a
    sprite, and before anything that they put into the queue."""
    scene_id = stash.add_scene(path, **about)
    run_hooks(stash, "Scene.Create.Post", scene_id)
    return scene_id


def run_hooks(stash: StashStandIn, trigger: str, item_id: str) -> None:
    """Every plugin's hooks for the trigger; what they answer is only logged. The cookie that they
    are given says which hook it is for."""
    context = {"id": int(item_id), "type": trigger, "input": None}
    for manifest in load_manifests(stash.plugins) if stash.plugins else ():
        if not isinstance(manifest, Manifest):
            continue
        for hook in manifest.hooks:
            if trigger not in hook.triggers:
                continue
            try:
                process = stash.start(
                    manifest, hook, {"hookContext": context}, visited=[f"{manifest.id}:{trigger}"]
                )
                process.finished.wait()
                stash.ended(process)
            except PluginError as error:
                stash.log.append(("error", f"Error running hook: {error}"))
