"""Windows cut out of arrays of any length: what is said of their length holds for every length and every window."""

from __future__ import annotations

import random

import pytest

from kerascope.domain.specs import ArraySpec
from kerascope.interp.interpreter import MAIN_FRAME, interpret
from kerascope.syntax.units import TreeCache, parse
from kerascope.text.source import Source

HEAD = "import pandas as pd\nimport numpy as np\nx = pd.read_csv('x.csv')[['a', 'b']].values\n"

LOOPS = (
    "for i in range({first}, len(x) + {more}):\n    found.append(x[i + {low}:i + {high}])\n",
    "n = len(x) + {more}\nfound = [x[i + {low}:i + {high}] for i in range({first}, n, 2)]\n",
    "for i in range({first}, {more} + len(x)):\n    start = i + {low}\n    end = start + {size}\n"
    "    found.append(x[start:end, 0])\n",
    "def cut(values, more):\n    stop = len(values) + more\n    out = []\n    for i in range({first}, stop):\n"
    "        i += {low}\n        out.append(values[i:i + {size}])\n    return out\nfound = cut(x, {more})\n",
)


def told(program: str) -> object:
    """The length of the windows that is said of ``found``, stacked."""
    text = f"{HEAD}found = []\n{program}found = np.array(found)\n"
    interpretation = interpret(parse(Source("windows.py", text), TreeCache()), 3)
    value = interpretation._machine.state.names(MAIN_FRAME)["found"].value
    assert isinstance(value, ArraySpec)
    assert isinstance(value.shape, tuple)
    return value.shape[1]


def real(program: str, rows: int) -> set[int]:
    """How long the windows are that Python cuts out of so many rows."""
    import numpy as np

    names = {"x": np.zeros((rows, 2)), "found": [], "np": np}
    exec(program, names)
    return {len(window) for window in names["found"]}


@pytest.mark.parametrize("loop", LOOPS)
def test_a_length_that_is_told_is_that_of_every_window(loop: str) -> None:
    rng = random.Random(loop)
    known = 0
    for _ in range(150):
        low = rng.randrange(-3, 4)
        size = rng.randrange(1, 6)
        numbers = {"first": rng.randrange(0, 5), "more": rng.randrange(-7, 3), "low": low, "high": low + size}
        program = loop.format(**numbers, size=size)
        length = told(program)
        lengths = {one for rows in range(14) for one in real(program, rows)}
        if isinstance(length, int):
            known += 1
            assert lengths <= {length}, program
        elif ", 2)" not in program:  # A step may leave out the windows that are too short.
            assert lengths != {size}, f"nothing is said, and it is {size}: {program}"
    assert known > 20


@pytest.mark.parametrize(
    "program",
    [
        "n = len(x)\nx = x[3:]\nfound = [x[i:i + 4] for i in range(n - 4)]\n",
        "z = x[1:]\nfound = [z[i:i + 4] for i in range(len(x) - 4)]\n",
        "found = [x[i:i + 4] for i in range(len(x))]\n",
        "found = [x[i:4] for i in range(len(x) - 4)]\n",
        "found = [x[i:j + 4] for i in range(len(x) - 4) for j in range(len(x) - 4)]\n",
        "for i in range(len(x) - 4):\n    i *= 2\n    found.append(x[i:i + 4])\n",
        "def cut(a, b):\n    return [b[i:i + 4] for i in range(len(a) - 4)]\nfound = cut(x, x[2:])\n",
        "for i in range(len(x) - 4, 0, -1):\n    found.append(x[i:i + 5])\n",
    ],
)
def test_where_a_window_may_be_shorter_nothing_is_said(program: str) -> None:
    assert not isinstance(told(program), int)
