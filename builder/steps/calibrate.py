"""`builder calibrate`: the bar of a face database measured anew, into its manifest."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from builder.console import Console
from stash_face.facedb.kept_law import brought_law, weights_of
from stash_face.facedb.law import FPIR_SUGGEST, to_manifest
from stash_face.facedb.manifest import MANIFEST, read_manifest


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("database", type=Path, help="folder of the face database")


def run(options: argparse.Namespace, console: Console) -> int:
    from builder.release.check import measured

    manifest = read_manifest(options.database)
    before = brought_law(manifest)
    law = measured(manifest, lambda share: console.status(f"{share:.0%}"))
    if before is not None:
        # Poor faces were measured on pictures, which are not here any more.
        law = law._replace(poor=before.poor)
    path = manifest.folder / MANIFEST
    data = json.loads(path.read_bytes())
    data["calibration"] = to_manifest(law, weights_of(manifest))
    new = path.with_name(f".{MANIFEST}.new")
    new.write_text(json.dumps(data, indent=1), encoding="utf-8")
    new.replace(path)
    console.say(
        f"A name is given up to the distance {1 - law.threshold(FPIR_SUGGEST):.4f}"
        + (f", measured on {law.probes:,} people." if law.fitted else ", a cautious default.")
    )
    return 0
