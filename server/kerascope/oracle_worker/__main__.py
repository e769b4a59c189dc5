"""Starts the worker: ``python oracle_worker/__main__.py OPTIONS``, by path, in the environment that is analysed.

That environment need not have Kerascope, and its Python may be older than ours: this package is written in the syntax
of Python 3.8, and imports nothing of Kerascope.
"""

import importlib
import sys
from pathlib import Path


def main():  # type: () -> None
    """Loads the package's other modules under a name of their own, and leaves no trace of our folders behind."""
    here = Path(__file__).absolute().parent
    sys.path[:] = [entry for entry in sys.path if entry and Path(entry).absolute() != here]
    sys.path.insert(0, str(here.parent))
    loop = importlib.import_module("oracle_worker.loop")
    for name in ("building", "fitting", "limits", "naming", "presence"):
        importlib.import_module("oracle_worker." + name)
    # Beside this package lie others whose names somebody else's packages may have.
    del sys.path[0]
    loop.serve(sys.argv[1])


if __name__ == "__main__":
    main()
