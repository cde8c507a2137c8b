"""`builder accept`: takes a contribution into the next build, or out of it again."""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from builder.console import Console
from stash_face.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from builder.state.connection import State
    from builder.state.contributions import Contribution
    from stash_face.facedb.contribution import GivenFace


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, help="a file that 'contribute' wrote")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder of the face database"
    )
    parser.add_argument("--work", type=Path, metavar="DIR", help="the build's working folder")
    parser.add_argument("--list", action="store_true", help="what was accepted by now")
    parser.add_argument("--remove", metavar="ID", help="take one out again, as --list names it")


def run(options: argparse.Namespace, console: Console) -> int:
    if (options.file is not None) + bool(options.remove) + options.list != 1:
        raise BadRequest("Name a contribution's file, or say --list or --remove ID.")
    from builder.alone import alone
    from builder.options import work_beside
    from builder.pipeline import STATE
    from builder.state.connection import State

    output = options.output.absolute()
    work = options.work or work_beside(output)
    if not (work / STATE).is_file():
        raise NotFound(
            f"Nothing was built yet with the working folder {work}: build first, or name --work."
        )
    with alone(output, work), State(work / STATE) as state:
        if options.list:
            _list(state, console)
        elif options.remove:
            _remove(state, options.remove, console)
        else:
            _accept(state, options.file, output, console)
    return 0


def _accept(state: State, path: Path, output: Path, console: Console) -> None:
    from builder.acceptance import judge, row_of, told
    from builder.contributed import SHOWN
    from builder.state.contributions import Contribution, contributions, save_contribution
    from builder.state.faces import models_id
    from stash_face.facedb.contribution import read_contribution
    from stash_face.facedb.manifest import sha256_of
    from stash_face.facedb.reader import FaceDatabase
    from stash_face.faces.packs import load_pack

    database = FaceDatabase.open(output)
    pack = load_pack(database.manifest.pack)
    given = read_contribution(path, pack)
    ident = sha256_of(path)
    if ident in {each.id for each in contributions(state)}:
        raise BadRequest(f"{path} was accepted before, as {ident[:SHOWN]}: nothing has changed.")
    judged = judge(database, pack, given)
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    save_contribution(
        state, Contribution(ident, path.name, now, models_id(pack)),
        [(face.performers, face.quality, row_of(pack, face)) for face in judged.faces],
    )  # fmt: skip
    people = len({face.performers for face in judged.faces})
    console.say(f"Accepted {len(judged.faces)} faces of {people} people as {ident[:SHOWN]}.")
    if judged.left_out:
        console.say(f"Left out: {told(judged.left_out)}.")
    _tell_waiting(state, judged.faces, console)
    console.say(f"The next build of {output.name} has what there is room for.")


def _tell_waiting(state: State, faces: list[GivenFace], console: Console) -> None:
    from builder.contributed import Members

    members = Members(state)
    waiting = Counter(face.performers for face in faces if not members.of(face.performers))
    if waiting:
        console.say(
            f"{sum(waiting.values())} of them show {len(waiting)} people whom no source has: they "
            "wait until one does."
        )


def _list(state: State, console: Console) -> None:
    from builder.contributed import SHOWN
    from builder.state.contributions import contributions

    for each in contributions(state):
        console.say(f"{each.id[:SHOWN]}  {each.accepted_at}  {each.faces:,} faces  {each.name}")


def _remove(state: State, wanted: str, console: Console) -> None:
    from builder.contributed import SHOWN
    from builder.state.contributions import contributions, remove_contribution

    meant: list[Contribution] = [c for c in contributions(state) if c.id.startswith(wanted)]
    if len(meant) != 1:
        raise NotFound(f"{len(meant)} contributions are called {wanted!r}: --list names them.")
    remove_contribution(state, meant[0].id)
    console.say(f"Removed {meant[0].id[:SHOWN]}: the next build is as if it had never been.")
