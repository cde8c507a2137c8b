"""`builder convert-weights`: deepface's FaceNet512 as the ONNX file that a model pack wants."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from builder.console import Console
from stash_face.errors import BadRequest, SetupNeeded, WeightsError
from stash_face.faces.packs import DEFAULT_PACK, Embedder, load_pack
from stash_face.faces.weights import megabytes, sha256_of, weight_folders

# What is converted to the pack's embedder that it becomes.
KNOWN = {"facenet512": "facenet"}
NEEDED = ("tensorflow", "tf_keras", "tf2onnx", "deepface")
CONVERTER = Path(__file__).resolve().parent.parent / "weights" / "with_tensorflow.py"


def add(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("network", choices=list(KNOWN))
    add("--photos", type=Path, required=True, metavar="DIR", help="people to compare it by")
    add("--weights", type=Path, metavar="FILE", help="the .h5, else from deepface's own address")
    add("--output", type=Path, metavar="FILE", help="the ONNX file, else under its pack's name")
    add("--python", default=sys.executable, help="of an environment with the extra convert")


def run(options: argparse.Namespace, console: Console) -> int:
    """SetupNeeded without the extra, WeightsError where the two networks differ: then nothing is
    written."""
    spec = load_pack(DEFAULT_PACK).embedder(KNOWN[options.network])
    if options.weights is not None and not options.weights.is_file():
        raise BadRequest(f"{options.weights} is no file: name deepface's facenet512_weights.h5.")
    _require_extra(options.python)
    # Only now: these take a moment, and a wrong argument needs none of them.
    import numpy as np

    from builder.weights.parity import faces_of, require_alike
    from stash_face.faces.recognizer import blob

    output = (options.output or Path(spec.file.name)).absolute()
    output.parent.mkdir(parents=True, exist_ok=True)
    inputs = blob(spec, faces_of(options.photos, weight_folders(None)))
    console.say(f"Converting, and comparing by {len(inputs)} faces.")
    with tempfile.TemporaryDirectory(prefix=".convert-", dir=output.parent) as folder:
        work = Path(folder)
        np.save(work / "inputs.npy", inputs)
        _convert(options, work, spec)
        network = work / "network.onnx"
        least = require_alike(np.load(work / "outputs.npy"), network, inputs)
        os.replace(network, output)
    console.say(f"{output} gives what the original gives (least cosine {least:.6f}).")
    for line in _described(spec, output):
        console.say(line)
    return 0


def _require_extra(python: str) -> None:
    asked = f"import sys, importlib.util as u; sys.exit(not all(map(u.find_spec, {NEEDED!r})))"
    try:
        absent = subprocess.run([python, "-c", asked], check=False, capture_output=True).returncode
    except OSError as error:
        raise BadRequest(
            f"{python} cannot be run ({error.strerror}): name another --python."
        ) from None
    if absent:
        raise SetupNeeded(
            "Converting needs TensorFlow, tf2onnx and deepface, which must not come into this "
            'environment: make another one, pip install ".[convert]" there, and name its Python '
            "with --python."
        )


def _convert(options: argparse.Namespace, work: Path, spec: Embedder) -> None:
    job = {
        "weights": str(options.weights.absolute()) if options.weights else None,
        "inputs": str(work / "inputs.npy"), "outputs": str(work / "outputs.npy"),
        "network": str(work / "network.onnx"), "told": told(options.network, spec),
    }  # fmt: skip
    (work / "job.json").write_text(json.dumps(job), encoding="utf-8")
    # The other environment is not to see this one's packages.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # deepface's networks are those of the older Keras; a GPU rounds otherwise.
    kept |= {"TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"}
    ended = subprocess.run(
        [options.python, str(CONVERTER), str(work / "job.json")], check=False, env=kept,
        capture_output=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    if ended.returncode:
        why = (ended.stderr.strip().splitlines() or ["it says nothing"])[-1][:200]
        raise WeightsError(
            f"The network could not be converted ({why}): see that the weights are deepface's "
            "facenet512_weights.h5, whole, or leave out --weights to have them fetched."
        )


def told(name: str, spec: Embedder) -> dict[str, Any]:
    """What the file says of itself, as the pack feeds it."""
    return {
        "name": name, "input_size": spec.input_size, "layout": spec.layout,
        "channels": spec.channels, "mean": spec.mean, "std": spec.std,
        "dimension": spec.dimension,
    }  # fmt: skip


def _described(spec: Embedder, output: Path) -> list[str]:
    size, found = output.stat().st_size, sha256_of(output)
    lines = [
        f"{spec.input_size} x {spec.input_size} {spec.channels}, {spec.layout}, "
        f"(value - {spec.mean:g}) / {spec.std:g}, {spec.dimension} numbers; {megabytes(size)}.",
        f"sha256 {found}",
    ]
    if found != spec.file.sha256:
        entry = json.dumps({"name": spec.file.name, "size": size, "sha256": found})
        lines.append(
            f"The packs ask for another conversion (sha256 {spec.file.sha256[:12]}…). To use this "
            f"one, put {entry} into faces/packs.json; databases are for one conversion only."
        )
    return lines
