"""What all tests share."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Assertions of the modules beside the tests are shown in full, too."""
    pytest.register_assert_rewrite("judge.programs", "rules.examples")
