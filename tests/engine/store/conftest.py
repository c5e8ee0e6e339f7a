"""What the tests of the store open for reading is closed after each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.store.samples import opened


@pytest.fixture(autouse=True)
def close_recordings() -> Iterator[None]:
    yield
    while opened:
        opened.pop().close()
