"""From the bytes that Stash wrote to the bytes that it reads: the one place that catches all.

Stash knows `{"output": ...}` and `{"error": "sentence"}`; an error's output carries `code`, which
Stash does not pass on: who wants it asks for failures as answers.
"""

from __future__ import annotations

from . import commands
from .environment.entrance import enter
from .errors import SetupNeeded, StashFaceError, run_set_up_first
from .protocol import log
from .protocol.request import Request, parse
from .protocol.response import encode

# Characters of a foreign error's text in a sentence; some fill pages.
_TOLD = 300


def answer(document: bytes, stdout: int | None = None) -> bytes:
    """The whole answer to one request; never raises. It may not come back, but go on in the
    Python that has the packages, with `stdout` for its descriptor 1."""
    request = None
    try:
        request = parse(document)
        enter(request.mode, request.server_connection, document, stdout)
        reply = encode({"output": commands.load(request.mode)(request)})
    except StashFaceError as error:
        reply = _failure(error.sentence, error.code, request)
    except ModuleNotFoundError as error:
        reply = _missing_module(error, request)
    except MemoryError:
        sentence = "The computer ran out of memory: close other programs and try again."
        reply = _failure(sentence, request=request)
    except BaseException as error:
        _log_trace()
        told = " ".join(str(error).split())[:_TOLD]
        reply = _failure(
            f"stash_face met an unexpected {type(error).__name__}: {told}. "
            "Stash's debug log has the details; please report it.",
            request=request,
        )
    log.drain()
    return reply


def _log_trace() -> None:
    import traceback  # not above: it would slow down every start by a twentieth

    log.debug(traceback.format_exc())


def _failure(sentence: str, code: str = "internal", request: Request | None = None) -> bytes:
    log.error(sentence)
    if request:
        from .last_errors import note_error

        note_error(request.server_connection, request.mode, code, sentence)
        if request.args.raw("tell_failures") is True:
            return encode({"output": {"failure": {"code": code, "sentence": sentence}}})
    return encode({"error": sentence, "output": {"code": code}})


def _missing_module(error: ModuleNotFoundError, request: Request | None) -> bytes:
    name = (error.name or "").partition(".")[0]
    if name in ("", "stash_face"):
        _log_trace()
        return _failure(f"The plugin's own files are incomplete ({error}): reinstall the plugin.")
    sentence = run_set_up_first(f"the Python package {name} is missing")
    return _failure(sentence, SetupNeeded.code, request)
