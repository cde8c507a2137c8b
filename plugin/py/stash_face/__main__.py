"""By hand: `python -m stash_face identify PATH... --database DIR` needs no Stash, and
`python -m stash_face measure --url http://localhost:9999 --data DIR` compares names with tags;
`python -m stash_face doctor --data DIR` looks whether everything works, and
`python -m stash_face contribute FILE --data DIR` writes confirmed faces to give away."""

from __future__ import annotations

import argparse
import json
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .environment.entrance import enter_by_hand
from .errors import BadRequest, StashFaceError


def main(arguments: list[str] | None = None) -> int:
    """0 when every picture was read, 1 otherwise, with a sentence for each that was not."""
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, TextIOWrapper):
        # A pipe on Windows has no letters for most of the world's names.
        sys.stdout.reconfigure(errors="replace")
    try:
        run: int = options.run(options)
        return run
    except StashFaceError as error:
        print(error.sentence, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stash_face", description=__doc__)
    steps = parser.add_subparsers(required=True, metavar="COMMAND")
    identify = steps.add_parser("identify", help="name the faces of pictures")
    identify.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    identify.add_argument("--database", required=True, type=Path, help="a face database's folder")
    identify.add_argument("--json", action="store_true", help="the whole answer as JSON")
    identify.add_argument("--device", default="auto", help="auto, cuda, directml, coreml or cpu")
    identify.set_defaults(run=_identify)
    doctor = steps.add_parser("doctor", help="look whether everything works, and say what to do")
    doctor.add_argument("--data", required=True, type=Path, help="the plugin's data folder")
    doctor.add_argument("--url", default="http://localhost:9999", help="Stash's address")
    doctor.add_argument("--api-key-file", type=Path, help="else $STASH_API_KEY, where one is set")
    doctor.add_argument("--item", metavar="KIND:ID", help="why was nothing found in image:12?")
    doctor.set_defaults(run=_doctor)
    measure = steps.add_parser("measure", help="compare the names with the tags in a Stash")
    measure.add_argument("--url", required=True, help="Stash's address")
    measure.add_argument("--api-key-file", type=Path, help="else $STASH_API_KEY, where one is set")
    measure.add_argument("--data", required=True, type=Path, help="the plugin's data folder")
    measure.add_argument("--limit", default="300", help="how many images to look at")
    measure.set_defaults(run=_measure)
    contribute = steps.add_parser("contribute", help="write the faces that you confirmed to a file")
    contribute.add_argument("file", type=Path, help="the file to write")
    contribute.add_argument("--data", required=True, type=Path, help="the plugin's data folder")
    contribute.add_argument("--pack", help="the models, where no face database is installed")
    contribute.add_argument(
        "--stash-box", action="append", default=[], metavar="HOST",
        help="a stash-box whose ids are named, beside the public ones",
    )  # fmt: skip
    contribute.set_defaults(run=_contribute)
    return parser


def _doctor(options: argparse.Namespace) -> int:
    from .operations.health_report import lines_of
    from .protocol.arguments import Arguments
    from .protocol.request import Request
    from .tasks.doctor import doctor

    kind, _, item = (options.item or "").partition(":")
    given = {"kind": kind, "id": item} if options.item else {}
    stash = _stash(options)
    report = doctor(Request("", Arguments(given), stash))
    print("\n".join(lines_of(report, stash)))
    return int(not report["ok"])


def _measure(options: argparse.Namespace) -> int:
    from .protocol.arguments import Arguments
    from .protocol.request import Request
    from .tasks.measure_library import measure_library

    told = measure_library(Request("", Arguments({"limit": options.limit}), _stash(options)))
    print(json.dumps(told, indent=1))
    return 0


def _contribute(options: argparse.Namespace) -> int:
    from .operations.contribute import contribute

    print(contribute(options.data, options.file, options.pack, options.stash_box))
    return 0


def _stash(options: argparse.Namespace) -> dict[str, Any]:
    """What Stash hands over of itself, from what was given by hand."""
    key, file = os.environ.get("STASH_API_KEY", ""), options.api_key_file
    try:
        key = file.read_text(encoding="utf-8") if file else key
        url = urlsplit(options.url)
        port = url.port or {"https": 443}.get(url.scheme, 80)
    except (OSError, ValueError) as error:
        raise BadRequest(f"The address or the key's file cannot be used ({error}).") from None
    os.environ["STASH_FACE_DATA"] = str(options.data)
    return {
        "Scheme": url.scheme, "Host": url.hostname or "?", "Port": port, "ApiKey": key.strip(),
    }  # fmt: skip


def _identify(options: argparse.Namespace) -> int:
    from .facedb.manifest import read_manifest
    from .faces.engine import Engine
    from .faces.weights import weight_folders
    from .media.image import decode
    from .operations.context import pack_of
    from .operations.options import Options
    from .operations.recognition import Recognition
    from .operations.scan import faces_of
    from .protocol.arguments import Arguments

    manifest = read_manifest(options.database)
    pack = pack_of(manifest)
    chosen = Options.read(Arguments({"device": options.device}))
    engine = Engine(pack, weight_folders(None), chosen.device)
    recognition = Recognition(manifest, pack, options.database, chosen)
    answers: dict[str, Any] = {}
    failed = False
    for path in options.paths:
        try:
            faces, _ = recognition.picture_answer(faces_of(engine, decode(path)))
            answers[str(path)] = {"faces": faces}
        except StashFaceError as error:
            failed = True
            answers[str(path)] = {"error": error.sentence}
    print(json.dumps(answers, indent=1) if options.json else _table(answers))
    return int(failed)


def _table(answers: dict[str, Any]) -> str:
    lines = []
    for path, answer in answers.items():
        if "error" in answer:
            lines.append(answer["error"])
            continue
        lines.append(f"{path}: {len(answer['faces'])} faces")
        for face in answer["faces"]:
            best = face["matches"][0] if face["matches"] else None
            told = f"{best['distance']:.3f}  {best['confidence']:>4.0%}" if best else " " * 11
            name = best["name"] if best and face["decision"] != "unknown" else "-"
            lines.append(f"  {face['decision']:<9} {name:<28} {told}  {face['reason']}")
    return "\n".join(lines)


if __name__ == "__main__":
    enter_by_hand("stash_face", sys.argv[1:])
    raise SystemExit(main())
