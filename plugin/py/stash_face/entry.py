"""From the bytes that Stash wrote to the bytes that it reads: the one place that catches all.

Stash knows `{"output": ...}` and `{"error": "sentence"}`; an error's output carries `code`.
"""

from __future__ import annotations

from typing import Any

from . import commands
from .errors import SetupNeeded, StashFaceError
from .protocol import log
from .protocol.request import Request, parse
from .protocol.response import encode

# Characters of a foreign error's text in a sentence; some fill pages.
_TOLD = 300


def answer(document: bytes) -> bytes:
    """The whole answer to one request; never raises."""
    try:
        reply = encode({"output": _run(parse(document))})
    except StashFaceError as error:
        reply = _failure(error.sentence, error.code)
    except ModuleNotFoundError as error:
        reply = _missing_module(error)
    except MemoryError:
        reply = _failure("The computer ran out of memory: close other programs and try again.")
    except BaseException as error:
        _log_trace()
        told = " ".join(str(error).split())[:_TOLD]
        reply = _failure(
            f"stash_face met an unexpected {type(error).__name__}: {told}. "
            "Stash's debug log has the details; please report it."
        )
    log.drain()
    return reply


def _run(request: Request) -> dict[str, Any]:
    return commands.load(request.mode)(request)


def _log_trace() -> None:
    import traceback  # not above: it would slow down every start by a twentieth

    log.debug(traceback.format_exc())


def _failure(sentence: str, code: str = "internal") -> bytes:
    log.error(sentence)
    return encode({"error": sentence, "output": {"code": code}})


def _missing_module(error: ModuleNotFoundError) -> bytes:
    name = (error.name or "").partition(".")[0]
    if name in ("", "stash_face"):
        _log_trace()
        return _failure(f"The plugin's own files are incomplete ({error}): reinstall the plugin.")
    needed = SetupNeeded(setup_sentence(name))
    return _failure(needed.sentence, needed.code)


def setup_sentence(package: str) -> str:
    """What to do when the Python that Stash started lacks `package`."""
    import sys

    return (
        f"The Python that Stash uses ({sys.executable}) has no {package}: install the plugin's "
        "py/locks/cpu.txt into an environment, and name its python under "
        "Settings > System > Python Executable Path."
    )
