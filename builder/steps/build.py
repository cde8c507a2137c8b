"""`builder build`: from sources to a face database."""

from __future__ import annotations

import argparse
from pathlib import Path

from builder.console import Console
from builder.options import add_options, plan_of
from stash_face.errors import BadRequest


def add(parser: argparse.ArgumentParser) -> None:
    add_options(parser)
    parser.add_argument("--resume", action="store_true", help="only go on with a stopped build")
    parser.add_argument(
        "--report-page", type=Path, metavar="FILE",
        help="write the report as HTML too, with small pictures of faces",
    )  # fmt: skip
    parser.add_argument(
        "--allow-removals", action="store_true",
        help="remove performers even where a source has lost half of them",
    )  # fmt: skip


def run(options: argparse.Namespace, console: Console) -> int:
    """0 when the database is written, 130 when the build was stopped and can be gone on with."""
    plan = plan_of(options)
    # Only now: the models' libraries take a moment, and a wrong argument needs none of them.
    from builder.assembly import assemble
    from builder.state.builds import unfinished
    from builder.state.connection import State

    if options.resume:
        path = plan.work / "state.sqlite"
        if not path.is_file():
            raise BadRequest(f"There is nothing to go on with in {plan.work}: leave out --resume.")
        with State(path) as state:
            if not unfinished(state):
                raise BadRequest(f"The build of {plan.output} is finished: leave out --resume.")
    builder = assemble(plan, console, allow_removals=options.allow_removals)
    builder.page = options.report_page
    report = builder.run()
    if report is None:
        console.warn("Stopped and saved: run the same command again, and it goes on from here.")
        return 130
    builder.progress.end(
        f"{plan.output} has {report.faces} faces of {report.people} people; "
        f"{len(report.without_face)} pictures without a face, {len(report.unreadable)} "
        f"unreadable, {len(report.left_out)} left out (report.json says why)."
    )
    return 0
