"""The real Kerases beside the analysis: which environment each file's is in, one child process for each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kerascope.engine.options import Options
from kerascope.engine.verification import Disagreement
from kerascope.oracle.child import Environment, Limits
from kerascope.oracle.client import Oracle
from kerascope.oracle.disagreements import DisagreementLog, Entry
from kerascope.oracle.store import Store
from kerascope.resolve.environment import activated_python, environment_python, loadable_keras
from kerascope.resolve.files import absolute_path

Start = Callable[[Environment, str, Store, Limits], Oracle]


def pythons_for(path: str, options: Options, *, trusted: bool = True) -> tuple[Path | None, ...]:
    """The Pythons in which a file's Keras is looked for, in order; ``None`` is the running one.

    What lies in a workspace is started only where the user trusts it: else an environment has to have been activated.
    """
    if options.python is not None and trusted:
        return (Path(options.python),)
    found = environment_python(absolute_path(path).parent) if trusted else activated_python()
    return (found, None) if found is not None else (None,)


def _start(environment: Environment, version: str, store: Store, limits: Limits) -> Oracle:
    return Oracle(environment, version, store, limits)


@dataclass
class Oracles:
    """One ``Oracle`` for each environment that was asked for. Nothing is started before the first question."""

    store: Store = field(default_factory=Store)
    limits: Limits = field(default_factory=Limits)
    log: DisagreementLog = field(default_factory=DisagreementLog)
    start: Start = _start
    _oracles: dict[Environment, Oracle] = field(default_factory=dict)
    _found: dict[tuple[Path | None, int, str], Oracle | str] = field(default_factory=dict)

    def among(self, pythons: Iterable[Path | None], major: int, backend: str) -> Oracle | str:
        """The Keras of the first of these Pythons that has it, or why there is none."""
        reason = "there is no Python"
        for python in pythons:
            found = self._in(python, major, backend)
            if isinstance(found, Oracle):
                return found
            reason = f"{found} in {python if python is not None else sys.executable}"
        return reason

    def _in(self, python: Path | None, major: int, backend: str) -> Oracle | str:
        key = (python, major, backend)
        if key not in self._found:
            loadable = loadable_keras(python, major, backend)
            if isinstance(loadable, str):
                self._found[key] = loadable
            else:
                program = str(python) if python is not None else sys.executable
                environment = Environment(program, loadable.package, backend)
                if environment not in self._oracles:
                    self._oracles[environment] = self.start(
                        environment, loadable.version, self.store, self.limits
                    )
                self._found[key] = self._oracles[environment]
        return self._found[key]

    def note(self, disagreements: Iterable[Disagreement]) -> None:
        """Writes down what was withheld, so that it can be looked into."""
        for item in disagreements:
            self.log.write(Entry(item.answer.keras, item.finding.code, item.finding.message, item.question))

    def forget(self) -> None:
        """Environments may have changed: what was not found is looked for again."""
        self._found = {key: found for key, found in self._found.items() if isinstance(found, Oracle)}
        for key, found in list(self._found.items()):
            if isinstance(found, Oracle) and found.missing is not None:
                self._oracles.pop(found.environment, None)
                del self._found[key]

    def rest(self) -> None:
        """Ends every child until it is needed again."""
        for oracle in self._oracles.values():
            oracle.rest()

    def close(self) -> None:
        """Ends every child for good."""
        for oracle in self._oracles.values():
            oracle.close()
