"""What can go wrong, as sentences for a person.

    StashFaceError
    ├── BadRequest        the caller asked for something that cannot be
    ├── NotFound          the item is not in Stash (any more)
    ├── SetupNeeded       the task Set up has not run yet, or cannot do its work here
    ├── WeightsError      model weights are missing, truncated or other ones
    ├── DatabaseError     no face database, a broken one, or one for other models
    ├── StashError        Stash does not answer, refuses, or answers nonsense
    ├── MediaError        a picture or video cannot be read
    ├── DownloadError     a file cannot be fetched
    ├── StoreError        the plugin's own SQLite file cannot be used
    └── BusyError         another task of the plugin is at work

Every message is one sentence that is shown as it is: what happened, and what to do.
"""

from __future__ import annotations


class StashFaceError(Exception):
    """A failure with a sentence for the user; `code` is for programs."""

    code = "error"

    def __init__(self, sentence: str, code: str | None = None) -> None:
        super().__init__(sentence)
        if code:
            self.code = code

    @property
    def sentence(self) -> str:
        return str(self.args[0])


class BadRequest(StashFaceError):
    code = "bad_request"


class NotFound(StashFaceError):
    code = "not_found"


class SetupNeeded(StashFaceError):
    code = "setup_needed"


class WeightsError(StashFaceError):
    code = "weights"


class DatabaseError(StashFaceError):
    code = "database"


class StashError(StashFaceError):
    code = "stash"


class MediaError(StashFaceError):
    code = "media"


class DownloadError(StashFaceError):
    code = "download"


class StoreError(StashFaceError):
    code = "store"


def set_up_first(why: str) -> SetupNeeded:
    """The one sentence for whatever the task Set up brings and is not there; `why` without its
    stop."""
    return SetupNeeded(run_set_up_first(why))


def run_set_up_first(why: str) -> str:
    """Its text, for errors of another kind."""
    return f"Run Set up first: {why} (in Stash: Settings > Tasks > Plugin Tasks > Set up)."


class BusyError(StashFaceError):
    code = "busy"
