"""What a rule's file is made of, and what rules may ask of a program.

A rule is a module with a docstring (its page: what it does, why, examples, what to use instead), ``RULE``,
``check`` and, where there is an obvious right answer, ``fixes``. Its examples are its tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

import libcst as cst

from kerascope.domain.specs import ArraySpec
from kerascope.findings import Edit, Fix, Severity
from kerascope.graph.nodes import Compiled, Event, Layer, LayerFault
from kerascope.interp.imports import canonical
from kerascope.interp.interpreter import Interpretation
from kerascope.interp.trace import Trace
from kerascope.syntax.edits import text_of
from kerascope.syntax.units import Parsed, Site
from kerascope.text.source import Span

Found = TypeVar("Found")

ERROR, WARNING, INFORMATION, HINT = Severity.ERROR, Severity.WARNING, Severity.INFORMATION, Severity.HINT


LooksAt: TypeAlias = Literal["faults", "layers", "made", "accesses", "imports", "events", "program"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule declares of itself.

    ``severity`` maps a Keras major version to the severity there; a version that is missing has no such finding.
    ``supersedes`` names rules that say less about the same mistake: theirs is dropped where both speak of one
    subject.

    ``looks_at`` names what of a program ``check`` goes through, where each such thing is judged by itself, so that what
    an edit leaves alone need not be judged again. ``"events"`` are those of one model together, with everything in
    ``trace.made``; of the others a rule is given those that one statement, or one function, showed. ``"program"`` is
    the whole of it, and what a rule is given that says nothing.
    """

    code: str
    name: str
    severity: Mapping[int, Severity]
    supersedes: tuple[str, ...] = ()
    fixable: Literal["always", "sometimes", "never"] = "never"
    evidence: tuple[str, ...] = ()
    looks_at: LooksAt = "program"


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What a rule's ``check`` yields: one mistake.

    ``site`` is what is to be changed; ``subjects`` are what the mistake is about (ids of layers, keys of sites),
    by which reports of one mistake find each other. ``data`` is for the rule's own ``fixes``.
    """

    site: Site
    message: str
    related: tuple[tuple[str, Site], ...] = ()
    subjects: frozenset[Any] = frozenset()
    data: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity | None = None
    certain: bool = True
    guarded: bool = False


class RuleModule(Protocol):
    """A module of this package that is a rule."""

    RULE: Rule
    __doc__: str | None
    __name__: str

    def check(self, program: Program) -> Iterable[Report]:
        """Yields the mistakes of a program."""


class Words:
    """Which words stand in a program's text, as far as somebody asked."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.known: dict[str, bool] = {}

    def have(self, word: str) -> bool:
        """Whether ``word`` stands anywhere in the text."""
        found = self.known.get(word)
        if found is None:
            found = self.known[word] = word in self.text
        return found

    def after_edit(self, text: str, changed: Span) -> Words:
        """The same of the next version, in which only what lies in ``changed``, whole lines, is new."""
        words = Words(text)
        inside = text[changed.start : changed.stop]
        for word, found in self.known.items():
            words.known[word] = word in inside or (found and word in text)
        return words


@dataclass(frozen=True, slots=True)
class Program:
    """What a rule may look at: a program interpreted under an assumed Keras, or the part that a rule goes through."""

    parsed: Parsed
    interpretation: Interpretation
    major: int
    backend: str
    words: Words

    def part(self, trace: Trace) -> Program:
        """This program, of which no more was seen than ``trace``."""
        return Program(self.parsed, self.interpretation.part(trace), self.major, self.backend, self.words)

    @property
    def path(self) -> str:
        """The file that the findings are for."""
        return self.parsed.source.path

    @property
    def faults(self) -> list[LayerFault]:
        """Refusals of layers, in order."""
        return self.interpretation.faults

    @property
    def layers(self) -> list[Layer]:
        """Every layer object that the file makes, in order."""
        return self.interpretation.trace.layers

    def events(self, *kinds: str) -> Iterator[Event]:
        """Calls of models' methods, of these kinds."""
        for event in self.interpretation.events:
            if event.kind in kinds:
                yield event

    def collected(self, extract: Callable[[Trace], list[Found]]) -> Iterator[Found]:
        """What ``extract`` finds in what each statement and function showed, in order; it must look at nothing else.

        What it found in one that an edit leaves alone is kept.
        """
        return self.interpretation.collected(extract)

    def trainings(self) -> Iterator[tuple[Event, Compiled]]:
        """Calls that compute the loss, with the compile in force."""
        for event in self.events("fit", "evaluate", "train_on_batch", "test_on_batch"):
            if event.graph.model.compiled is not None:
                yield event, event.graph.model.compiled

    def mentions(self, *names: str) -> bool:
        """Whether the text of the program has one of these words; a cheap way to be careful."""
        return any(map(self.words.have, names))

    def shown(self, fault: LayerFault) -> Site | None:
        """Where a layer's refusal is shown: on the layer if it lies in this file, else on the call in it."""
        if fault.layer.site.path == self.path:
            return fault.layer.site
        return next((site for site in reversed(fault.chain) if site.path == self.path), None)

    def name_for(self, symbol: str, near: Site | None = None) -> str | None:
        """How this program writes a library's name, such as ``keras.layers.Flatten``; ``None`` if it cannot.

        ``near`` is a call of a sibling: ``layers.Dense(…)`` there makes it ``layers.Flatten``.
        """
        parent, _, member = symbol.rpartition(".")
        if near is not None and isinstance(near.node, cst.Call) and isinstance(near.node.func, cst.Attribute):
            prefix = text_of(Site(near.unit, near.node.func.value))
            if parent == "keras.layers":
                return f"{prefix}.{member}"
        for statement in self._imports():
            for bound, imported in statement:
                if imported == symbol:
                    return bound
        for statement in self._imports():
            for bound, imported in statement:
                if symbol.startswith(imported + "."):
                    return bound + symbol[len(imported) :]
                if imported == "tf" and symbol.startswith("keras."):
                    return f"{bound}.{symbol}"
        return None

    def _imports(self) -> Iterator[list[tuple[str, str]]]:
        for unit in self.parsed.units:
            for statement in unit.tree.imports:
                yield list(_bound_names(statement))


def _dotted(node: cst.BaseExpression | None) -> str:
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return ""


def _bound_names(statement: cst.Import | cst.ImportFrom) -> Iterator[tuple[str, str]]:
    """The names that an import binds, and the canonical names that they stand for."""
    if isinstance(statement.names, cst.ImportStar) or (
        isinstance(statement, cst.ImportFrom) and statement.relative
    ):
        return
    prefix = _dotted(statement.module) + "." if isinstance(statement, cst.ImportFrom) else ""
    for alias in statement.names:
        full = prefix + _dotted(alias.name)
        if alias.asname is not None:
            yield _dotted(alias.asname.name), canonical(full)
        elif isinstance(statement, cst.ImportFrom):
            yield _dotted(alias.name), canonical(full)
        else:
            root = full.partition(".")[0]
            yield root, canonical(root)


def layer_subjects(*layers: Layer | None) -> frozenset[Any]:
    """The subjects of a report about layers."""
    return frozenset(("layer", layer.id) for layer in layers if layer is not None)


def compile_subject(compiled: Compiled) -> frozenset[Any]:
    """The subject of a report about the loss that a ``compile`` was given."""
    return frozenset({("loss", id(compiled.site.node), id(compiled.site.unit))})


def array_argument(event: Event, name: str) -> ArraySpec | None:
    """An argument of ``fit`` and its kin, if it is a known array."""
    value = event.arguments.get(name)
    return value if isinstance(value, ArraySpec) else None


def fix(title: str, applicability: Literal["safe", "unsafe"], *edits: Edit | None) -> Iterator[Fix]:
    """A fix of these edits; none where one of them cannot be made."""
    if all(edit is not None for edit in edits):
        yield Fix(title, tuple(edit for edit in edits if edit is not None), applicability)


def source_of(name: str, array: ArraySpec) -> str:
    """How a message speaks of data: ``y_train, (60000,) from keras.datasets.mnist``."""
    return f"{name} from {array.source}" if array.source else name
