"""The command line of the builder."""

from __future__ import annotations

import argparse
import sys
import traceback
from io import TextIOWrapper
from pathlib import Path

from stash_face.errors import BadRequest, StashFaceError
from stash_face.faces.packs import DEFAULT_PACK, load_pack, pack_names

_SOURCE = "folder"


def main(arguments: list[str] | None = None) -> int:
    """0 when the database was written, 1 with one sentence on stderr when not."""
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, TextIOWrapper):
        # A pipe on Windows has no letters for most of the world's names.
        sys.stdout.reconfigure(errors="replace")
    try:
        return _build(options)
    except StashFaceError as error:
        if options.debug:
            traceback.print_exc()
        print(error.sentence, file=sys.stderr)
        return 1
    except OSError as error:
        if options.debug:
            traceback.print_exc()
        print(
            f"{error.filename or options.output} cannot be used ({error.strerror or error}): check "
            "that it is there, that you may use it, and that the disk is not full.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m builder", description=__doc__)
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    steps = parser.add_subparsers(required=True, metavar="STEP")
    build = steps.add_parser("build", help="make a face database")
    build.add_argument(
        "--source", required=True, metavar="folder:DIR",
        help="a folder that holds a folder of pictures per performer",
    )  # fmt: skip
    build.add_argument("--output", required=True, type=Path, help="the database's folder")
    build.add_argument("--pack", default=DEFAULT_PACK, choices=pack_names(), help="model pack")
    build.add_argument("--device", default="auto", help="auto, cuda, directml, coreml or cpu")
    return parser


def _build(options: argparse.Namespace) -> int:
    kind, _, place = options.source.partition(":")
    if kind != _SOURCE or not place:
        raise BadRequest(f"The source {options.source!r} is not understood: use folder:DIR.")
    # Only now: the models' libraries take a moment, and a wrong argument needs none of them.
    from builder.build import build
    from builder.folder import performers
    from stash_face.faces.engine import Engine
    from stash_face.faces.weights import weight_folders

    engine = Engine(load_pack(options.pack), weight_folders(None), options.device)
    for note in engine.notes:
        print(note, file=sys.stderr)
    report = build(
        performers(Path(place)),
        engine,
        options.output,
        source=f"{kind}:{Path(place).resolve().name}",
        say=print,
    )
    print(
        f"Wrote {options.output}: {report.faces} faces of {report.people} people; "
        f"{len(report.without_face)} pictures without a face, {len(report.unreadable)} unreadable."
    )
    return 0
