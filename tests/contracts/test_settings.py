from __future__ import annotations

import re
from pathlib import Path

import yaml

from stash_face.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \| ", re.MULTILINE)
EMPTY = {"": "empty", False: "off"}


def test_the_manifest_and_the_page_have_the_settings_that_the_code_reads() -> None:
    manifest = yaml.safe_load((ROOT / "plugin" / "stash_face.yml").read_text(encoding="utf-8"))
    shown = {key: setting["type"] for key, setting in manifest["settings"].items()}
    assert shown == {setting.key: setting.type for setting in SETTINGS}
    assert all(s["displayName"] and s["description"] for s in manifest["settings"].values())


def test_the_page_tells_the_defaults_and_ranges_of_the_code() -> None:
    rows = ROW.findall((ROOT / "docs" / "settings.md").read_text(encoding="utf-8"))
    assert [(key, default.strip("`"), allowed) for key, default, allowed in rows] == [
        (s.key, EMPTY.get(s.default, str(s.default)) if s.type != "NUMBER" else str(s.default),
         s.allowed)
        for s in SETTINGS
    ]  # fmt: skip
