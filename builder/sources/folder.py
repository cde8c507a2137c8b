"""The source `folder:DIR`: a folder of pictures per performer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from builder.folder import Performer, clean, named_performers
from builder.sources.source import End, Known, Page
from builder.values import PictureRef, SourcePerformer

_PAGE = 500


class Folder:
    """Everyone in a folder, each time anew: looking through names is quick."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = f"folder:{clean(folder.resolve().name)}"

    def read(self, known: Known) -> Iterator[Page]:
        return pages(named_performers(self._folder))


class Given:
    """Performers that the caller has; for `build`."""

    def __init__(self, name: str, performers: Iterable[Performer]) -> None:
        self.name = name
        self._performers = performers

    def read(self, known: Known) -> Iterator[Page]:
        return pages((f"{n:09}", each) for n, each in enumerate(self._performers))


def pages(performers: Iterable[tuple[str, Performer]]) -> Iterator[Page]:
    """The whole of them, by the names that tell them apart."""
    found: list[SourcePerformer] = []
    for name, performer in performers:
        pictures = tuple(
            PictureRef(str(path.absolute()), short(path)) for path in performer.pictures
        )
        found.append(SourcePerformer(name, name, performer.person, pictures))
        if len(found) == _PAGE:
            yield Page(found)
            found = []
    yield Page(found, end=End(whole=True))


def short(path: Path) -> str:
    """Performer's folder and file: where the folders lie is nobody else's business."""
    return clean(f"{path.parent.name}/{path.name}")
