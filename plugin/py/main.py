"""Where Stash enters: one JSON document on stdin, one JSON object on stdout, logs on stderr.

Descriptor 1 is pointed at stderr before anything else is imported, so that neither a `print`
nor a C library can spoil the answer; the answer goes to a private copy of it.
"""

import os
import sys

_ANSWER = os.dup(1)
os.dup2(2, 1)

from stash_face.entry import answer  # noqa: E402  (only after the guard)


def main() -> None:
    document = sys.stdin.buffer.read()
    reply = answer(document)
    while reply:
        reply = reply[os.write(_ANSWER, reply) :]
    # Not sys.exit: everything is committed, and the teardown of GPU libraries can crash or hang.
    os._exit(0)


if __name__ == "__main__":
    main()
