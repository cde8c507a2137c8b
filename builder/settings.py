"""What a build is asked to do, as values: from the command line, the configuration, or both."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

LOCAL, RAY = "local", "ray"
ENGINES = (LOCAL, RAY)


@dataclass(frozen=True)
class Secret:
    """A key that is never shown: neither in a sentence nor in what is printed of a value."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "(secret)"


@dataclass(frozen=True)
class SourceSettings:
    """One source: `kind` of builder.sources.kinds, `place` its folder, file or address. `delay`:
    seconds between two requests."""

    kind: str
    place: str
    key: Secret | None = None
    delay: float = 0.25
    options: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """A whole build. `delay` and `downloads` are for hosts of pictures; `inside`: addresses of
    the home network that pictures may come from. `workers`: threads that decode (2), or processes
    of the engine `ray` (as many as it has room for); `ray_address`: of a cluster that is there."""

    sources: tuple[SourceSettings, ...]
    output: Path
    work: Path
    cache: Path
    pack: str
    device: str = "auto"
    batch: int | None = None
    engine: str = LOCAL
    ray_address: str | None = None
    workers: int | None = None
    downloads: int = 4
    delay: float = 0.05
    most_people: int | None = None
    most_pictures: int = 20
    most_references: int = 8
    least_quality: float = 0.15
    least_height: float = 32.0
    inside: tuple[str, ...] = ()
