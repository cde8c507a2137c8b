"""What a step of the command line may say and ask; the command line itself prints."""

from __future__ import annotations

from typing import Protocol


class Console(Protocol):
    """`say` to stdout, `warn` to stderr, `status` replaces the one before on a terminal and is
    nothing elsewhere. `ask` answers yes or no: no where nobody can be asked. `stopped`: Ctrl-C
    was pressed once."""

    def say(self, sentence: str) -> None: ...

    def warn(self, sentence: str) -> None: ...

    def status(self, text: str) -> None: ...

    def ask(self, question: str) -> bool: ...

    def stopped(self) -> bool: ...
