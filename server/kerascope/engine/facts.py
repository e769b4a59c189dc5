"""What real Keras told of layers that the catalogue does not describe, and what is still to be asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from kerascope.engine.analysis import Analysis
from kerascope.layers.base import Arguments, Outcome

if TYPE_CHECKING:
    from kerascope.oracle.answers import Answer
    from kerascope.oracle.client import Oracle
    from kerascope.oracle.questions import Question


@dataclass
class FilledFacts:
    """Answers by Keras's major version and question. The analysis reads them, whoever asks Keras writes them."""

    answers: dict[tuple[int, str], Answer] = field(default_factory=dict)
    pending: dict[tuple[int, str], Question] = field(default_factory=dict)

    def outcome(self, symbol: str, arguments: Arguments, inputs: Any, major: int) -> Outcome | None:
        """What a layer gives, as Keras told; what it has not told yet is noted as to be asked."""
        # Few programs have such a layer, and a server starts without the means to ask.
        from kerascope.oracle.answers import ACCEPTED
        from kerascope.oracle.questions import of_layer_call
        from kerascope.oracle.wire import decode_outcome

        given = {name: arguments[name] for name in arguments.given}
        question = of_layer_call(symbol, given, inputs)
        if question is None:
            return None
        key = (major, question.key)
        answer = self.answers.get(key)
        if answer is None:
            self.pending[key] = question
            return None
        if answer.outcome != ACCEPTED:
            return None
        try:
            return decode_outcome(answer.outputs, answer.form, answer.weights)
        except (KeyError, TypeError, ValueError):
            return None

    def waits_for(self, major: int) -> bool:
        """Whether something is to be asked of a Keras."""
        return any(asked == major for asked, _ in list(self.pending))

    def ask(self, oracle: Oracle) -> bool:
        """Asks all that is to be asked of a Keras. Returns whether anything came to be known."""
        learned = False
        for major, key in list(self.pending):
            question = self.pending.get((major, key))
            if major == oracle.environment.major and question is not None:
                answer = oracle.ask(question)
                learned = learned or answer.outcome == "accepted"
                self.answers[major, key] = answer
                self.pending.pop((major, key), None)
        return learned

    def forget(self) -> None:
        """Another Keras may answer otherwise."""
        self.answers.clear()
        self.pending.clear()


MOST_ROUNDS: Final = 50
"""How often a program is analysed again: each time what was told may lead to one layer more to be asked about."""


def analyse_filled(analyse: Callable[[], Analysis], facts: FilledFacts, oracle: Oracle | str) -> Analysis:
    """An analysis for which Keras was asked of every layer that the catalogue does not describe."""
    analysis = analyse()
    for _ in range(MOST_ROUNDS):
        if isinstance(oracle, str) or not facts.ask(oracle):
            break
        analysis = analyse()
    return analysis
