"""docs/api.schema.json as a check for every test that holds a real answer."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

SCHEMA_FILE = Path(__file__).resolve().parents[2] / "docs" / "api.schema.json"


def validate_output(mode: str, output: Any) -> None:
    """AssertionError with the place and the reason where `output` is not what docs/api.md says."""
    validate(f"{mode}_output", output)


def validate_args(mode: str, args: Any) -> None:
    validate(f"{mode}_args", args)


def validate_reply(reply: Any) -> None:
    """The whole JSON object on stdout: an output, or a sentence with its code."""
    validate("reply", reply)


def validate(definition: str, value: Any) -> None:
    error = best_match(_validator(definition).iter_errors(value))
    if error is not None:
        raise AssertionError(f"{definition}{error.json_path[1:]}: {error.message[:500]}")


@cache
def schema() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return content


@cache
def _validator(definition: str) -> Draft202012Validator:
    return Draft202012Validator({**schema(), "$ref": f"#/$defs/{definition}"})
