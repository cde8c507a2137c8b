from __future__ import annotations

from tests.operations.conftest import made_up_database, place

__all__ = ["made_up_database", "place"]
