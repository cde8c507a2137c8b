"""The health report in lines for an issue: without keys, and without paths or names of media."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# From where a path begins to where its clause ends; names of files may hold blanks.
_PATH = re.compile(r"(?<![\w:/<>])(?:[A-Za-z]:[\\/]|\\\\|/)(?![\s/])[^,;:()\"'\n]*")
_QUOTED = re.compile(r'"[^"\n]*"')
_ADDRESS = re.compile(r"\b(https?://)([^/\s@]*@)?([^\s,;()]*)")


def lines_of(report: Mapping[str, Any], server_connection: Mapping[str, Any]) -> list[str]:
    """`report` as in the mode `health`."""
    known = _known_folders(report, server_connection)
    lines = [f"stash_face {report['plugin']}, Python {report['python']}, {report['system']}",
             f"Stash: {report.get('stash') or 'did not answer'}",
             f"Python: {_short(report['interpreter'], known)}"]  # fmt: skip
    packages = report.get("packages") or {}
    if packages:
        lines.append("Packages: " + ", ".join(f"{k} {v}" for k, v in packages.items()))
    if report["packages_missing"]:
        lines.append("Missing packages: " + ", ".join(report["packages_missing"]))
    lines += _database(report) + _models(report) + _store(report) + _of_stash(report)
    lines += ["", "Problems:" if report["problems"] else "No problems."]
    lines += [f"- {scrubbed(sentence, known)}" for sentence in report["problems"]]
    item = report.get("item")
    if item:
        lines += ["", f"{item['kind'].capitalize()} {item['id']}:"]
        lines += [f"- {_without_names(scrubbed(each, known))}" for each in item["sentences"]]
    if report["errors"]:
        lines += ["", "Last errors (UTC):"]
        lines += [f"- {each['at']} {each['mode'][:40]} ({each['code']}): "
                  f"{scrubbed(each['sentence'], known)}" for each in report["errors"]]  # fmt: skip
    return lines


def scrubbed(sentence: str, known: Mapping[str, str]) -> str:
    """`known` folders by their names; other paths, quoted names and what an address may hold
    of secrets are left out."""
    text = _QUOTED.sub('"…"', sentence)
    text = _ADDRESS.sub(_plain_address, text)
    for folder, name in known.items():
        text = text.replace(folder, name)
    return _PATH.sub("<path>", text)


def _known_folders(
    report: Mapping[str, Any], server_connection: Mapping[str, Any]
) -> dict[str, str]:
    """The longest first, as one may lie in another."""
    found = {
        report["data"]: "<data>",
        str(server_connection.get("PluginDir") or ""): "<plugin>",
        str(server_connection.get("Dir") or ""): "<stash>",
        os.environ.get("STASH_FACE_ENVIRONMENT", ""): "<environment>",
        os.environ.get("STASH_FACE_MODELS", ""): "<models>",
        str(Path.home()): "<home>",
    }
    long_enough = {folder: name for folder, name in found.items() if len(folder) > 1}
    return dict(sorted(long_enough.items(), key=lambda each: -len(each[0])))


def _short(path: str, known: Mapping[str, str]) -> str:
    """A path of the system is shown, one in a known folder from there."""
    for folder, name in known.items():
        if path.startswith(folder):
            return name + path[len(folder) :]
    return path if path.startswith(("/usr/", "/bin/", "/opt/")) else f"<path>/{Path(path).name}"


def _plain_address(match: re.Match[str]) -> str:
    return f"{match[1]}{match[3].partition('?')[0]}"


def _without_names(sentence: str) -> str:
    """Whom a face resembles is nobody's business in an issue."""
    return re.sub(r", nearest is [^)]*\)", ")", sentence)


def _database(report: Mapping[str, Any]) -> list[str]:
    found = report["database"]
    if not found:
        return ["Face database: none"]
    models = found["models"]
    calibrated = "calibrated" if found["calibrated"] else "not calibrated"
    return [
        f"Face database: {found['version']}, {found['performer_count']:,} people, "
        f"{found['face_count']:,} faces, pack {models['pack']}, {calibrated}"
    ]


def _models(report: Mapping[str, Any]) -> list[str]:
    weights = report["weights"]
    told = ", ".join(weights["missing"]) or "none"
    lines = [f"Weights of the pack {weights['pack']}: missing {told}"]
    return lines + [f"Model {each['file']}: {each['provider']}, {each['ms']} ms"
                    for each in report.get("models", [])]  # fmt: skip


def _store(report: Mapping[str, Any]) -> list[str]:
    store = report["store"]
    free = store.get("free_bytes")
    space = f"{free / 1e9:,.1f} GB free" if free is not None else "cannot be opened"
    return [f"Store: {store['images']:,} images, {store['faces']:,} faces, {space}"]


def _of_stash(report: Mapping[str, Any]) -> list[str]:
    if "session" not in report:
        return []
    session, sprites = report["session"], report["sprites"]
    said = {True: "yes", False: "no"}
    return [
        f"Password: {said[session['password']]}, API key: {said[session['api_key']]}",
        f"Scenes: {sprites['scenes']:,}; of {sprites['checked']} asked, {sprites['with_sprite']} "
        "have a sprite",
    ]
