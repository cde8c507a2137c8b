"""`builder init`: a configuration file with every key and what it means."""

from __future__ import annotations

import argparse
from pathlib import Path

from builder.config import SECTIONS, SOURCE, Key
from builder.console import Console
from builder.sources.kinds import KNOWN
from stash_face.errors import BadRequest


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, default=Path("builder.yml"))


def run(options: argparse.Namespace, console: Console) -> int:
    """BadRequest where the file is there already."""
    try:
        with options.file.open("x", encoding="utf-8") as stream:
            stream.write(sample())
    except FileExistsError:
        raise BadRequest(f"{options.file} is there already: name another file.") from None
    console.say(
        f"Wrote {options.file}: take the # from what you need, then python -m builder plan "
        f"--config {options.file}."
    )
    return 0


def sample() -> str:
    """The file as text; as it is, it builds from a folder `photos`."""
    lines = [
        "# How a face database is built: python -m builder build --config FILE",
        "# Paths are seen from this file. ${NAME} is the environment's; API keys are written",
        "# in no other way.",
        "",
    ]
    for name, known in KNOWN.items():
        lines += [f"# {name}:", f"#   url: {known.url}", f"#   api_key: ${{{known.variable}}}"]
        lines += [f"#   rate_limit_delay: {known.delay}   # seconds between two requests", ""]
    lines += ["sources:", "  - kind: folder", "    path: photos"]
    lines += [f"#   {key}:   # {told.told}" for key, told in SOURCE.items()
              if key not in ("kind", "path")]  # fmt: skip
    for name in ("output", "cache", "processing"):
        lines += ["", f"{name}:"]
        lines += [_line(key, told) for key, told in SECTIONS[name].items()]
    lines += ["", "# Hosts of the home network that pictures may come from:", "# inside:",
              "#   - http://192.168.1.20:8080", ""]  # fmt: skip
    return "\n".join(lines)


def _line(key: str, told: Key) -> str:
    if told.sample:
        return f"  {key}: {told.sample}   # {told.told}"
    return f"# {key}:   # {told.told}"
