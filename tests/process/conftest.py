from __future__ import annotations

import pytest

from tests.photos import Photos
from tests.process.plugin import Plugin


@pytest.fixture
def mixed(plugin: Plugin, photos: Photos) -> list[str]:
    """Images: three of Bill Clinton, two of Colin Powell, two of strangers."""
    paths = [
        *photos.known["Bill_Clinton"][-3:],
        *photos.known["Colin_Powell"][-2:],
        *photos.strangers[3:5],
    ]
    return [plugin.stash.add_image(path) for path in paths]
