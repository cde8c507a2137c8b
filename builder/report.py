"""What became of everybody and every picture, beside the database."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

REPORT = "report.json"


@dataclass
class Report:
    """`performers` were asked for, `people` are enrolled with `faces` references; `pictures` are
    all that were looked at. `left_out` says why a picture with faces gave no reference.
    `same_picture` are pairs of two people's pictures that are one file, `alike` pairs of people
    whose faces are as like as one person's, `spoilt_faces` how many poor copies the law was
    measured on, `contributions` how many of the faces each contribution gave."""

    performers: int = 0
    people: int = 0
    pictures: int = 0
    faces: int = 0
    spoilt_faces: int = 0
    without_face: list[str] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    performers_without_face: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    doubtful: dict[str, str] = field(default_factory=dict)
    same_picture: list[list[str]] = field(default_factory=list)
    alike: list[list[str]] = field(default_factory=list)
    sources: dict[str, int] = field(default_factory=dict)
    contributions: dict[str, int] = field(default_factory=dict)


def write_report(report: Report, folder: Path) -> None:
    """Into the folder of a finished database."""
    new = folder / f".{REPORT}.new"
    new.write_text(json.dumps(asdict(report), indent=1), encoding="utf-8")
    os.replace(new, folder / REPORT)
