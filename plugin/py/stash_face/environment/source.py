"""The package source that Stash installed the plugin from, and what lies there beside its index."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit
from urllib.request import url2pathname

PLUGIN = Path(__file__).absolute().parents[3]
# Stash writes it into the folder of each package that it installs.
_NOTE = "manifest"


def package_source(plugin: Path) -> str:
    """The address of the index.yml that this plugin's folder was installed from; empty where it
    was put there by hand."""
    try:
        note = (plugin / _NOTE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    found = re.search(r"^source_repository: *(['\"]?)(\S+)\1 *$", note, re.M)
    return found[2] if found else ""


def beside(source: str, name: str) -> str:
    """The address of the file `name` in the index's folder, found as Stash finds a package's."""
    parts = urlsplit(source)
    folder = parts.path.rpartition("/")[0]
    return urlunsplit(parts._replace(path=f"{folder}/{quote(name)}", fragment=""))


def folder_of(source: str) -> Path | None:
    """Where the index lies on this computer; None where it is on the web."""
    parts = urlsplit(source)
    return Path(url2pathname(parts.path)).parent if parts.scheme == "file" else None
