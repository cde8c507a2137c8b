"""The configuration file: YAML with a table of keys, checked with line and key in each sentence.

`${NAME}` in a value is the environment's. Keys of servers are written in no other way.
"""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

from builder.sources.kinds import KINDS, KNOWN
from stash_face.errors import BadRequest, SetupNeeded

_VARIABLE = re.compile(r"\$\{(\w+)\}")


class Key(NamedTuple):
    """A key of the file: `kind` text, path, number, whole or flag; `least` and `most` for
    numbers; `told` is its comment in a new file, `sample` what stands there."""

    kind: str
    told: str
    sample: str = ""
    least: float = 0
    most: float = 1e9


BOX = {
    "url": Key("text", "the address of its GraphQL or REST interface"),
    "api_key": Key("key", "as ${NAME}: the environment variable that holds it"),
    "rate_limit_delay": Key("number", "seconds between two requests", "0.25", 0, 600),
}
SECTIONS: dict[str, dict[str, Key]] = {
    **dict.fromkeys(KNOWN, BOX),
    "output": {
        "directory": Key("path", "the face database's folder", "database"),
        "pack": Key("text", "the model pack (see README.md)"),
    },
    "cache": {
        "directory": Key("path", "where downloaded pictures are kept", "pictures"),
        "work": Key("path", "where the builder keeps its memory; the output's name and .work"),
    },
    "processing": {
        "max_performers": Key("whole", "of all sources together; for trying out", "", 1),
        "max_images_per_performer": Key("whole", "pictures looked at", "20", 1),
        "max_references_per_performer": Key("whole", "faces kept, unlike ones first", "8", 1),
        "min_quality": Key("number", "0 to 1; faces below are left out", "0.15", 0, 1),
        "min_face_size": Key("number", "pixels of a face's height", "32", 0, 10_000),
        "batch_size": Key("whole", "faces embedded at once; chosen for the device", "", 1, 1024),
        "engine": Key("text", "local, or ray: pictures are looked at by a Ray cluster"),
        "ray_address": Key("text", "of a Ray cluster that is there; else this machine is one"),
        "workers": Key("whole", "threads that decode (2), or workers of the cluster", "", 1, 4096),
        "downloads": Key("whole", "pictures fetched at once from a host", "4", 1, 32),
        "rate_limit_delay": Key("number", "seconds between two pictures of a host", "0.05", 0, 60),
        "gpu": Key("flag", "no: use the processor even where there is a GPU", "yes"),
        "device": Key("text", "auto, cuda, tensorrt, directml, coreml or cpu"),
    },
}
SOURCE = {
    **BOX,
    "name": Key("text", "of a stashbox: its host in ids, where the address has another"),
    "kind": Key("text", ", ".join(KINDS)),
    "path": Key("path", "of a folder, csv or jsonl"),
    "images": Key("flag", "of a stash: also images tagged with one performer"),
}
INSIDE = "inside"


class Value(NamedTuple):
    """What stands in the file, and in which line."""

    value: Any
    line: int


class Config(NamedTuple):
    """The file's sections, its list of sources, and addresses of the home network that pictures
    may come from; all checked."""

    sections: dict[str, dict[str, Value]]
    sources: list[dict[str, Value]]
    inside: list[str]


def read_config(path: Path) -> Config:
    """BadRequest names the line and the key that cannot be used."""
    root = _composed(path)
    reader = _Reader(path)
    sections: dict[str, dict[str, Value]] = {}
    sources: list[dict[str, Value]] = []
    inside: list[str] = []
    for name, line, node in reader.entries(root, "the file"):
        if name == "sources":
            sources = [reader.section(SOURCE, "sources", n) for n in reader.items(node, name)]
        elif name == INSIDE:
            inside = [str(reader.plain(n, name)) for n in reader.items(node, name)]
        elif name in SECTIONS:
            sections[name] = reader.section(SECTIONS[name], name, node)
        else:
            known = [*SECTIONS, "sources", INSIDE]
            raise reader.wrong(line, f"there is no key {name!r}{_like(name, known)}")
    return Config(sections, sources, inside)


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path

    def wrong(self, line: int, told: str) -> BadRequest:
        return BadRequest(f"{self._path} line {line}: {told}.")

    def entries(self, node: Any, name: str) -> list[tuple[str, int, Any]]:
        """Key, line and value of a mapping; an empty one stands for nothing."""
        if node is None or (node.id == "scalar" and node.value in ("", "null", "~")):
            return []
        if node.id != "mapping":
            raise self.wrong(_line(node), f"{name} must hold keys with values")
        found: dict[str, tuple[str, int, Any]] = {}
        for key, value in node.value:
            if str(key.value) in found:
                raise self.wrong(_line(key), f"{name} has the key {key.value!r} twice")
            found[str(key.value)] = (str(key.value), _line(key), value)
        return list(found.values())

    def items(self, node: Any, name: str) -> list[Any]:
        if node.id != "sequence":
            raise self.wrong(_line(node), f"{name} must be a list, each entry with a dash")
        return list(node.value)

    def section(self, keys: dict[str, Key], name: str, node: Any) -> dict[str, Value]:
        found = {}
        for key, line, value in self.entries(node, name):
            if key not in keys:
                raise self.wrong(line, f"there is no key {name}.{key}{_like(key, list(keys))}")
            text = self.plain(value, f"{name}.{key}")
            if text is not None:
                found[key] = Value(self._checked(keys[key], f"{name}.{key}", text, line), line)
        return found

    def plain(self, node: Any, name: str) -> str | None:
        """A scalar's text with the environment's values, None for an empty one."""
        if node.id != "scalar":
            raise self.wrong(_line(node), f"{name} must be one value")
        if node.value in ("", "null", "~"):
            return None
        return str(node.value)

    def _checked(self, key: Key, name: str, text: str, line: int) -> Any:
        if key.kind == "key" and not _VARIABLE.fullmatch(text):
            raise self.wrong(
                line, f"{name} must be ${{NAME}}, the environment variable that holds the key, so "
                "that the file can be shared"
            )  # fmt: skip
        text = _VARIABLE.sub(lambda match: self._variable(match[1], name, line), text)
        if key.kind == "flag":
            if text.lower() not in ("yes", "no", "true", "false", "on", "off"):
                raise self.wrong(line, f"{name} must be yes or no, not {text!r}")
            return text.lower() in ("yes", "true", "on")
        if key.kind in ("number", "whole"):
            return self._number(key, name, text, line)
        return str(self._path.parent / Path(text).expanduser()) if key.kind == "path" else text

    def _number(self, key: Key, name: str, text: str, line: int) -> float | int:
        try:
            number = int(text) if key.kind == "whole" else float(text)
        except ValueError:
            whole = "a whole number" if key.kind == "whole" else "a number"
            raise self.wrong(line, f"{name} must be {whole}, not {text!r}") from None
        if not key.least <= number <= key.most:
            raise self.wrong(line, f"{name} must be from {key.least:g} to {key.most:g}, not {text}")
        return number

    def _variable(self, name: str, key: str, line: int) -> str:
        value = os.environ.get(name)
        if not value:
            raise self.wrong(line, f"{key} needs the environment variable {name}, which is not set")
        return value


def _composed(path: Path) -> Any:
    try:
        import yaml
    except ImportError:
        raise SetupNeeded(
            'A configuration file needs the Python package "pyyaml": install it, or use flags.'
        ) from None
    try:
        return yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeError) as error:
        raise BadRequest(f"{path} cannot be read ({error}): name another --config.") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        told = getattr(error, "problem", None) or "it is no YAML"
        raise BadRequest(f"{path}{where}: {told}.") from None


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1


def _like(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f": did you mean {near[0]}?"[:-1] if near else f"; there are {', '.join(known)}"
