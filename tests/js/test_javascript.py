from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.conftest import ROOT, absent

HERE = Path(__file__).parent


def test_the_plugin_s_scripts_behave_in_node() -> None:
    """The real files in the manifest's order; what they do stands in the *.test.mjs beside this."""
    node = shutil.which("node")
    if node is None:
        absent("no Node.js: install it (version 20 or newer)")
    tests = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    command = [node, "--test", "--test-reporter=spec", *tests]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")

    assert done.returncode == 0, done.stdout + done.stderr
