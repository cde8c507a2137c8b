"""Where Stash enters: one JSON document on stdin, one JSON object on stdout, logs on stderr.

Descriptor 1 is pointed at stderr before anything else is imported, so that neither a `print`
nor a C library can spoil the answer; the answer goes to a private copy of it.
"""

import os
import sys


def guard() -> int:
    """The private copy of descriptor 1."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            # Closed: the next file to be opened would take its number, and be logged into.
            os.open(os.devnull, os.O_RDWR)
    copy = os.dup(1)
    os.dup2(2, 1)
    return copy


def main(stdout: int) -> None:
    # The search has threads of its own, and on those OpenBLAS's would wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with open(0, "rb", closefd=False) as stdin:
        document = stdin.read()
    reply = answer_to(document, stdout)
    try:
        while reply:
            reply = reply[os.write(stdout, reply) :]
    except OSError:
        pass  # whoever asked is gone
    # Not sys.exit: everything is committed, and the teardown of GPU libraries can crash or hang.
    os._exit(0)


def answer_to(document: bytes, stdout: int) -> bytes:
    """The answer, also where this Python or the plugin's files cannot give one. May not come
    back: then another Python runs this file from its beginning, in this process."""
    if sys.version_info < (3, 10):  # noqa: UP036  (this file alone runs on older ones)
        return _failure(
            f"The Python that Stash uses ({sys.executable}, {sys.version.split()[0]}) is too old: "
            "name one from 3.10 to 3.13 under Settings > System > Python Executable Path."
        )
    try:
        from stash_face.entry import answer
    except (ImportError, SyntaxError) as error:
        return _failure(f"The plugin's own files are incomplete ({error}): reinstall the plugin.")
    return answer(document, stdout)


def _failure(sentence: str) -> bytes:
    import json

    return json.dumps({"error": sentence, "output": {"code": "setup_needed"}}).encode()


if __name__ == "__main__":
    main(guard())
