"""Images and galleries of a long run: what is unknown is scanned in one stream, and as soon as
all pictures of an item are known, it is ready to be answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ..operations.context import Context
from ..operations.gallery_answers import KIND as GALLERY
from ..operations.gallery_answers import Pictures
from ..operations.scan import Scanner
from ..stash.entities import ImageItem
from ..store.answers import propose_again
from ..store.images import Scan, assign_gallery, problems_due, save_scan, scanned, scanned_since

# A picture that could not be read is looked at again after this long.
AGAIN_SECONDS = 24 * 3600


class Unit(NamedTuple):
    """What is answered as a whole: a gallery with its images, or one image."""

    kind: str
    id: str
    title: str
    images: list[ImageItem]
    performer_ids: tuple[str, ...] = ()

    @property
    def pictures(self) -> Pictures:
        return Pictures(self.id, self.images)


class _Waiting:
    """A unit and its images that are not known yet."""

    def __init__(self, unit: Unit, missing: Iterable[str]) -> None:
        self.unit = unit
        self.missing = set(missing)


class Pipeline:
    """`ready` gets each unit whose pictures are known, `kept` each scan once it is committed.
    With `since` (UTC, as SQLite writes it) everything that was scanned before is scanned again;
    without `scans` units that are not wholly known are left out."""

    def __init__(
        self,
        context: Context,
        ready: Callable[[Unit], None],
        kept: Callable[[Scan], None],
        since: str | None = None,
        *,
        scans: bool = True,
    ) -> None:
        self._context = context
        self._ready = ready
        self._kept = kept
        self._since = since
        self._scans = scans
        self._scanner = Scanner(context.client, context.pack.name, lambda: context.engine)
        self._waiting: dict[str, list[_Waiting]] = {}

    def work(self, units: Iterable[Unit]) -> None:
        """Scans what the units lack, in their order. StashError when Stash does not answer; what
        was committed until then is known the next time."""
        self._waiting.clear()
        self._scanner.scan(self._missing(units), self._keep, lambda: True)

    def _missing(self, units: Iterable[Unit]) -> Iterator[ImageItem]:
        for unit in units:
            self._context.give_way()
            missing = self._unknown(unit)
            if not missing:
                self._ready(unit)
            if not missing or not self._scans:
                continue
            waiting = _Waiting(unit, [image.id for image in missing])
            for image in missing:
                # Already on its way for another gallery?
                on_its_way = image.id in self._waiting
                self._waiting.setdefault(image.id, []).append(waiting)
                if not on_its_way:
                    yield image

    def _unknown(self, unit: Unit) -> list[ImageItem]:
        store, files = self._context.store, unit.pictures.files
        if unit.kind == GALLERY:
            assign_gallery(store, files, unit.id)
        known = set(scanned(store, files, self._context.pack.name))
        if self._since:
            known &= scanned_since(store, list(files), self._since)
        if self._scans:
            known -= problems_due(store, list(files), AGAIN_SECONDS)
        return [image for image in unit.images if image.id not in known]

    def _keep(self, scan: Scan) -> None:
        waiting = self._waiting.pop(scan.image_id, [])
        gallery = next((w.unit.id for w in waiting if w.unit.kind == GALLERY), None)
        # Before, so that a kill leaves nobody without the names that a scan takes away.
        propose_again(self._context.store, [(w.unit.kind, w.unit.id) for w in waiting])
        save_scan(self._context.store, scan, gallery)
        self._context.give_way()
        self._kept(scan)
        for each in waiting:
            each.missing.discard(scan.image_id)
            if not each.missing:
                self._ready(each.unit)
