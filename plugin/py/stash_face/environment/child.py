"""A Python program as a child that ends with this process, however that ends.

Stash kills with SIGKILL, and only the process that it started. So the child watches its stdin,
which the system closes when the parent is gone.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence

# It also is the whole program: what it runs is in `code`.
_WATCHED = """
import os, threading
def watch():
    try:
        while os.read(0, 4096):
            pass
    finally:
        os._exit(70)
threading.Thread(target=watch, daemon=True).start()
"""


def run_python(
    command: Sequence[str],
    code: str,
    arguments: Sequence[str] = (),
    *,
    variables: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] = lambda line: None,
) -> int:
    """Runs `code` with `arguments` in the Python that `command` starts; its exit status.

    Every line that it writes goes to `on_line`, none to this process's own streams. `variables`
    are set beside the present ones."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **(variables or {})}
    # -I: nothing from the folder it runs in, from PYTHONPATH or from the user's own packages.
    child = subprocess.Popen(
        [*command, "-I", "-X", "utf8", "-c", _WATCHED + code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
    )
    assert child.stdout is not None
    assert child.stdin is not None
    try:
        for line in child.stdout:
            on_line(line.decode("utf-8", "replace").rstrip())
        return child.wait()
    except BaseException:
        child.kill()
        child.wait()
        raise
    finally:
        child.stdout.close()
        child.stdin.close()
