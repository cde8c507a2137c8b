"""The flags of a build, and what they and the configuration make together: flags win."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from builder.config import Config, Value, read_config
from builder.settings import ENGINES, LOCAL, RAY, Secret, Settings, SourceSettings
from builder.sources.kinds import KINDS, KNOWN, VARIABLES
from stash_face.errors import BadRequest
from stash_face.faces.packs import DEFAULT_PACK, pack_names


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--config", type=Path, metavar="FILE", help="a file that `builder init` writes")
    add(
        "--source", action="append", default=[], metavar="KIND:PLACE",
        help="folder:DIR, csv:FILE, jsonl:FILE, stash:URL, stashbox:URL, or one of "
        f"{', '.join(KNOWN)}; may be said more than once",
    )  # fmt: skip
    add("--output", type=Path, metavar="DIR", help="the database's folder")
    add("--work", type=Path, metavar="DIR", help="where the builder keeps what it has done")
    add("--cache", type=Path, metavar="DIR", help="where downloaded pictures are kept")
    add("--pack", choices=pack_names(), help="model pack")
    add("--device", help="auto, cuda, directml, coreml or cpu")
    add("--max-performers", type=_positive, metavar="N", help="only so many people")
    add("--max-images", type=_positive, metavar="N", help="pictures looked at of each (20)")
    add("--max-references", type=_positive, metavar="N", help="faces kept of each (8)")
    add("--rate-limit", type=_seconds, metavar="SECONDS", help="between two requests to a host")
    add("--engine", choices=ENGINES, help="what looks at pictures: this process, or a Ray cluster")
    add("--ray-address", metavar="ADDRESS", help="of a Ray cluster that is there")
    add("--workers", type=_positive, metavar="N", help="threads that decode, or Ray's workers")


def plan_of(options: argparse.Namespace) -> Settings:
    """BadRequest where something is missing or contradicts itself."""
    config = read_config(options.config) if options.config else Config({}, [], [])
    output = config.sections.get("output", {})
    cache = config.sections.get("cache", {})
    work = config.sections.get("processing", {})
    folder = options.output or _path(output.get("directory"))
    sources = tuple(_flagged(text, options.rate_limit) for text in options.source)
    sources = sources or tuple(_configured(config, options.rate_limit))
    if not sources:
        raise BadRequest("There is no source: say --source folder:DIR, or name one in --config.")
    if folder is None:
        raise BadRequest("There is no output: say --output DIR, or set output.directory.")
    # One that ends in a slash, or is "..", has no name of its own to put .work behind.
    folder = Path(os.path.abspath(folder))
    place = options.work or _path(cache.get("work")) or work_beside(folder)
    device = options.device or _of(work, "device", "auto" if _of(work, "gpu", True) else "cpu")
    pack = options.pack or _of(output, "pack", DEFAULT_PACK)
    if pack not in pack_names():
        raise BadRequest(
            f"There is no model pack {pack!r}: choose among {', '.join(pack_names())}."
        )
    return Settings(
        sources=sources,
        output=folder,
        work=place,
        cache=options.cache or _path(cache.get("directory")) or place / "pictures",
        pack=pack,
        device=device,
        batch=_of(work, "batch_size", None),
        **_engine(options, work),
        downloads=_of(work, "downloads", Settings.downloads),
        delay=_first(options.rate_limit, _of(work, "rate_limit_delay", Settings.delay)),
        most_people=options.max_performers or _of(work, "max_performers", None),
        most_pictures=options.max_images
        or _of(work, "max_images_per_performer", Settings.most_pictures),
        most_references=options.max_references
        or _of(work, "max_references_per_performer", Settings.most_references),
        least_quality=_of(work, "min_quality", Settings.least_quality),
        least_height=_of(work, "min_face_size", Settings.least_height),
        inside=tuple(config.inside),
    )


def work_beside(output: Path) -> Path:
    """The working folder of the database at `output`, where none is named."""
    return output.with_name(f"{output.name}.work")


def _engine(options: argparse.Namespace, work: dict[str, Value]) -> dict[str, Any]:
    """What looks at pictures, and by how many."""
    engine = options.engine or _of(work, "engine", LOCAL)
    if engine not in ENGINES:
        raise BadRequest(f"There is no engine {engine!r}: choose among {', '.join(ENGINES)}.")
    if options.ray_address and engine != RAY:
        raise BadRequest("--ray-address is for the engine ray: say --engine ray too.")
    address = options.ray_address or _of(work, "ray_address", None)
    workers = options.workers or _of(work, "workers", None)
    address = address if engine == RAY else None
    return {"engine": engine, "ray_address": address, "workers": workers}


def _flagged(text: str, delay: float | None) -> SourceSettings:
    kind, _, place = text.partition(":")
    if text in KNOWN:
        known = KNOWN[text]
        key = _secret(known.variable)
        return SourceSettings(known.kind, known.url, key, _first(delay, known.delay))
    if kind not in KINDS or not place:
        forms = ", ".join(f"{name}:{each.place}" for name, each in KINDS.items())
        raise BadRequest(
            f"The source {text!r} is not understood: use {forms}, or one of {', '.join(KNOWN)}."
        )
    key = _secret(VARIABLES.get(kind, ""))
    return SourceSettings(kind, place, key, _first(delay, SourceSettings.delay))


def _configured(config: Config, delay: float | None) -> list[SourceSettings]:
    found = []
    for name, known in KNOWN.items():
        if name in config.sections:
            found.append(_box(config.sections[name], known.kind, known.url, delay, known.delay))
    for entry in config.sources:
        kind = str(_of(entry, "kind", ""))
        if kind not in KINDS:
            line = min((value.line for value in entry.values()), default=0)
            raise BadRequest(
                f"The source in line {line} has no kind that is known: choose among "
                f"{', '.join(KINDS)}."
            )
        place = _of(entry, "path", None) or _of(entry, "url", None)
        if not place:
            raise BadRequest(f"The source {kind!r} needs a path or a url.")
        found.append(_box(entry, kind, str(place), delay, SourceSettings.delay))
    return found


def _box(
    entry: dict[str, Value], kind: str, place: str, delay: float | None, usual: float
) -> SourceSettings:
    given = _of(entry, "api_key", None)
    key = _key(str(given), f"The api_key of the source {kind}") if given else None
    return SourceSettings(
        kind, str(_of(entry, "url", place)), key,
        _first(delay, _of(entry, "rate_limit_delay", usual)),
        {name: _of(entry, name, None) for name in ("images", "name") if name in entry},
    )  # fmt: skip


def _secret(variable: str) -> Secret | None:
    value = os.environ.get(variable) if variable else None
    return _key(value, f"The environment variable {variable}") if value else None


def _key(text: str, where: str) -> Secret:
    """Without what an editor or a shell puts about it."""
    text = text.strip()
    if not (text.isascii() and text.isprintable()):
        raise BadRequest(f"{where} holds signs that no API key has: copy the key anew.")
    return Secret(text)


def _of(section: dict[str, Value], key: str, usual: Any) -> Any:
    return section[key].value if key in section else usual


def _first(given: float | None, usual: float) -> float:
    return usual if given is None else given


def _path(value: Value | None) -> Path | None:
    return Path(value.value) if value else None


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 600:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to 600")
    return seconds
