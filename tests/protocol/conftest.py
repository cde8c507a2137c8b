from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

MAIN = Path(__file__).resolve().parents[2] / "plugin" / "py" / "main.py"

# Puts an operation of one's own in the place of `health`, before the plugin is even imported.
MISBEHAVING = """
import sys, types

def health(request):
{body}

module = types.ModuleType("stash_face.operations.health")
module.health = health
sys.modules[module.__name__] = module
"""


class Ran(NamedTuple):
    code: int
    stdout: bytes
    stderr: bytes

    @property
    def reply(self) -> dict[str, Any]:
        """The one object on stdout, read as strictly as Stash does."""
        reply: dict[str, Any] = json.loads(self.stdout.decode("utf-8"), parse_constant=pytest.fail)
        assert self.code == 0
        assert set(reply) <= {"output", "error"}
        return reply

    @property
    def sentence(self) -> str:
        sentence: str = self.reply["error"]
        assert "\n" not in sentence
        return sentence


Plugin = Callable[..., Ran]


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    """Runs the plugin process on a document as Stash does; `doing` is the body of a `health` of
    one's own."""

    def run(
        document: bytes | Mapping[str, Any] = b"",
        *,
        doing: str = "",
        python: tuple[str, ...] = (sys.executable,),
        shell: str = "",
    ) -> Ran:
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        environment = {**os.environ, "STASH_FACE_DATA": str(tmp_path / "data")}
        environment.pop("PYTHONPATH", None)
        if doing:
            body = "\n".join("    " + line for line in doing.strip().splitlines())
            (tmp_path / "sitecustomize.py").write_text(MISBEHAVING.format(body=body))
            environment["PYTHONPATH"] = str(tmp_path)
            data = json.dumps({"args": {"mode": "health"}}).encode()
        command = [*python, str(MAIN)]
        if shell:
            command = ["sh", "-c", f'exec "$@" {shell}', "sh", *command]
        ran = subprocess.run(
            command, input=data, capture_output=True, env=environment, timeout=60, check=False
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    return run
