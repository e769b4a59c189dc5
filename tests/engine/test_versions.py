"""Which Keras a file is judged by, where it asks for the legacy one itself."""

from __future__ import annotations

import pytest

from kerascope.engine.versions import version_for
from kerascope.text.source import Source

ASKS = (
    "os.environ['TF_USE_LEGACY_KERAS'] = '1'",
    'os.environ["TF_USE_LEGACY_KERAS"] = "True"',
    "os.environ['TF_USE_LEGACY_KERAS'] = str(1)",
    "os.environ.setdefault('TF_USE_LEGACY_KERAS', '1')",
    "os.environ.update({'TF_USE_LEGACY_KERAS': '1'})",
)
ASKS_NOT = (
    "os.environ['TF_USE_LEGACY_KERAS'] = '0'",
    "os.environ.setdefault('TF_USE_LEGACY_KERAS', '0')",
    "if os.environ['TF_USE_LEGACY_KERAS'] == '1': pass",
    "os.environ.pop('TF_USE_LEGACY_KERAS', None)",
)


@pytest.mark.parametrize("line", [*ASKS, *ASKS_NOT])
def test_a_file_that_switches_to_the_legacy_keras_is_judged_by_it(line: str) -> None:
    found = version_for(Source("program.py", f"import os\n{line}\nimport tensorflow as tf\n"), None, None)
    assert found.major == (2 if line in ASKS else 3)
