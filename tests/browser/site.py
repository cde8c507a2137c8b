"""The stand-in page, served beside the stand-in for Stash: its script, and the plugin's files
joined as Stash joins them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import yaml

from tests.fakes.stash_server import StashStandIn

INDEX = b"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><base href="/"><title>Stash</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/theme.css">
<link rel="stylesheet" href="/plugin/stash_face/css"></head>
<body><div id="root"></div><script src="/host.js"></script></body>
</html>
"""


def joined(plugin: Path, kind: str) -> bytes:
    """The plugin's files of that kind (`javascript` or `css`) as one, in the manifest's order."""
    manifest = yaml.safe_load((plugin / "stash_face.yml").read_text(encoding="utf-8"))
    return b"\n".join((plugin / name).read_bytes() for name in manifest["ui"][kind])


def site(
    stash: StashStandIn, plugin: Path, bundle: Path
) -> Callable[[str], tuple[bytes, str] | None]:
    """What the stand-in serves besides Stash's own paths: any other path is a page."""

    def serve(path: str) -> tuple[bytes, str] | None:
        match path:
            case "/host.js":
                return (bundle / "host.js").read_bytes(), "text/javascript"
            case "/theme.css":
                return (bundle / "theme.css").read_bytes(), "text/css"
            case "/plugin/stash_face/javascript":
                return joined(plugin, "javascript"), "text/javascript"
            case "/plugin/stash_face/css":
                return joined(plugin, "css"), "text/css"
            case "/test/hold":
                # The next picture that is asked for, which is the plugin's, has to wait.
                stash.faults["media"] = ["hold"]
                return b"true", "application/json"
            case "/test/release":
                stash.held.release()
                return b"true", "application/json"
            case "/test/running":
                return json.dumps(len(stash.running)).encode(), "application/json"
        return INDEX, "text/html; charset=utf-8"

    return serve
