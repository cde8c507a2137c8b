"""`python -m dev.evaluate_dev`: how good the names are, on three development sets.

Makes the sets of the seeds in build/eval (once), answers each with dev.evaluate, has the scorer of
the sets judge the answers, and prints a table. Writes build/eval/summary.json and the reliability
diagram. The sets' generator, scorer and photos lie beside the checkout; they are not part of it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import builder  # noqa: F401  (puts the plugin's package on the path)
from dev.evaluate import evaluate
from dev.score_confidence import Stated, bins, calibration_error, stated
from dev.score_drawing import reliability_diagram
from stash_face.errors import StashFaceError

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
GENERATOR, SCORER = SHARED / "eval" / "make_dev.py", SHARED / "eval" / "score.py"
PHOTOS = SHARED / "faces" / "lfw"
FOLDER = ROOT / "build" / "eval"
# 1 to 3 chose the rules and their numbers; these judge them.
SEEDS = (4, 5, 6)

OPEN_SET = {
    "precision": "precision",
    "recall": "recall",
    "fpir": "strangers named (FPIR)",
    "tpir_at_fpir_0.01": "TPIR at FPIR 1 %",
    "tpir_at_fpir_0.001": "TPIR at FPIR 0.1 %",
    "rank1": "rank-1",
}
GROUP = {"precision": "precision", "recall": "recall", "strangers": "strangers' named"}
KINDS = {
    "image": ("photos", OPEN_SET),
    "hard": ("spoilt photos", OPEN_SET),
    "gallery": ("galleries", GROUP),
    "scene": ("scenes", GROUP),
    "frames": ("frames", GROUP),
}
CONFIDENT = {"photos": ("image",), "spoilt photos": ("hard",), "both": ("image", "hard")}

Measures = dict[str, list[float]]


class CannotEvaluateError(Exception):
    """One sentence for the person at the terminal."""


def main(arguments: list[str] | None = None) -> int:
    """0 when all seeds were measured, 1 with a sentence when something is absent."""
    options = _parser().parse_args(arguments)
    measures: Measures = {}
    said: dict[str, list[Stated]] = {name: [] for name in CONFIDENT}
    try:
        _check_present()
        for seed in options.seeds:
            truth, predictions = _answered(seed, options.reuse)
            for name, value in _scores(seed, truth, predictions).items():
                measures.setdefault(name, []).append(value)
            for name, kinds in CONFIDENT.items():
                rows = stated(truth["queries"], predictions, kinds)
                measures.setdefault(f"ECE, {name}", []).append(calibration_error(rows))
                said[name] += rows
    except (CannotEvaluateError, StashFaceError) as error:
        print(error, file=sys.stderr)
        return 1
    print(table(options.seeds, measures))
    _write_summary(options.seeds, measures, said)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dev.evaluate_dev", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS), metavar="N")
    parser.add_argument(
        "--reuse", action="store_true", help="score the answers of the last run again"
    )
    return parser


def _check_present() -> None:
    if not (GENERATOR.is_file() and SCORER.is_file() and PHOTOS.is_dir()):
        raise CannotEvaluateError(
            f"The development sets are made from {SHARED}, which is not here: use `make eval` on "
            "a set of your own."
        )


def _answered(seed: int, reuse: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """The truth of a seed's set, and the predictions on it."""
    made, out = FOLDER / f"seed{seed}", _file(seed, "predictions")
    # Written last by the generator: a set without it is half made.
    if not (made / "truth.json").is_file():
        _run(GENERATOR, "--faces", PHOTOS, "--out", made, "--seed", seed)
    if not (reuse and out.is_file()):
        done = evaluate(made, out, distractors=True)
        print(f"seed {seed}: {done.people} people, {done.building + done.asking:.0f} s")
    return (
        json.loads((made / "truth.json").read_text(encoding="utf-8")),
        json.loads(out.read_text(encoding="utf-8")),
    )


def _scores(seed: int, truth: dict[str, Any], predictions: dict[str, Any]) -> dict[str, float]:
    """What the scorer says, by kind and measure; kinds that nobody was asked about are left out."""
    queries = truth["queries"]
    asked = {queries[name]["kind"] for name in predictions}
    part = {name: query for name, query in queries.items() if query["kind"] in asked}
    judged, scores = _file(seed, "truth"), _file(seed, "scores")
    judged.write_text(json.dumps({**truth, "queries": part}), encoding="utf-8")
    _run(SCORER, judged, _file(seed, "predictions"), "--json", scores)
    report = json.loads(scores.read_text(encoding="utf-8"))
    return {
        f"{title}: {label}": report[kind][field]
        for kind, (title, fields) in KINDS.items()
        if kind in report
        for field, label in fields.items()
    }


def _run(*command: object) -> None:
    sys.stdout.flush()
    if subprocess.call([sys.executable, *map(str, command)]) != 0:
        raise CannotEvaluateError(f"{command[0]} failed, for the reason above.")


def _file(seed: int, what: str) -> Path:
    return FOLDER / f"seed{seed}.{what}.json"


def table(seeds: list[int], measures: Measures) -> str:
    """Markdown: a row per measure with every seed, the mean, and the lowest to the highest."""
    heads = ["", *(f"seed {seed}" for seed in seeds), "mean", "spread"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for name, values in measures.items():
        mean = sum(values) / len(values)
        spread = max(values) - min(values)
        if name.startswith("ECE"):
            cells = [f"{value:.3f}" for value in (*values, mean, spread)]
        else:
            cells = [f"{value:.1%}".replace("%", " %") for value in (*values, mean)]
            cells.append(f"{spread * 100:.1f}")
        lines.append(f"| {' | '.join([name, *cells])} |")
    return "\n".join(lines)


def _write_summary(seeds: list[int], measures: Measures, said: dict[str, list[Stated]]) -> None:
    summary = {
        "seeds": seeds,
        "measures": {
            name: {"each": values, "mean": sum(values) / len(values)}
            for name, values in measures.items()
        },
        "pooled_ece": {name: calibration_error(rows) for name, rows in said.items()},
        "bins": {
            name: [held._asdict() if held.names else None for held in bins(rows)]
            for name, rows in said.items()
        },
    }
    out = FOLDER / "summary.json"
    out.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    series = {name: bins(said[name]) for name in ("photos", "spoilt photos")}
    drawing = FOLDER / "reliability.svg"
    title = "Does the confidence keep its word? On the dashed line it does."
    drawing.write_text(reliability_diagram(series, title), encoding="utf-8")
    print(f"ECE of all names together: {summary['pooled_ece']}. Written: {out}, {drawing}.")


if __name__ == "__main__":
    raise SystemExit(main())
