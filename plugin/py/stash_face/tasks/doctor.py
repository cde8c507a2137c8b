"""Doctor: the health report as sentences in the log, and as pages that can be pasted into an
issue.
"""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Any

from ..errors import StoreError
from ..operations.health import look
from ..operations.health_report import lines_of
from ..protocol import log
from ..protocol.request import Request
from ..stash.connection import data_home, from_server_connection

REPORTS = "reports"
_NAME = "doctor"
_PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>stash_face: doctor</title>
<meta name="viewport" content="width=device-width"><style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere }}
@media (prefers-color-scheme: dark) {{ body {{ background: #182026; color: #fff }} }}
</style><h1>stash_face: doctor</h1><pre>{text}</pre></html>
"""


def doctor(request: Request) -> dict[str, Any]:
    """Runs the models, asks Stash, and with `kind` and `id` says why nothing was found there."""
    return examine(request, run_models=True)


def examine(request: Request, *, run_models: bool) -> dict[str, Any]:
    """The output of health, with the paths of the `pages` that were written."""
    report = look(request, run_models=run_models, ask_stash=True)
    home = data_home(from_server_connection(request.server_connection))
    lines = lines_of(report, request.server_connection)
    pages = _write(home / REPORTS, "\n".join(lines) + "\n")
    for sentence in report["problems"]:
        log.warning(sentence)
    for sentence in report.get("item", {}).get("sentences", []):
        log.info(sentence)
    log.info("Everything is in order." if report["ok"] else f"{len(report['problems'])} problems.")
    log.info(f"The report is in {pages[0]}.")
    return {**report, "pages": pages}


def _write(folder: Path, text: str) -> list[str]:
    pages = {"txt": text, "html": _PAGE.format(text=html.escape(text))}
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for ending, content in pages.items():
            path = folder / f"{_NAME}.{ending}"
            new = path.with_suffix(f".{os.getpid()}")
            new.write_text(content, encoding="utf-8")
            new.replace(path)
            written.append(str(path))
    except OSError as error:
        raise StoreError(
            f"The report cannot be written into {folder} ({error.strerror}): give Stash's user "
            "the right to write there."
        ) from None
    return written
