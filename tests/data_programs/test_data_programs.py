"""Programs whose fault lies between data and model, and each repaired: what is found, and what real Keras 3 says.

A file of ``programs`` is a program in which lines that begin with ``-`` are those of the faulty one and lines with
``+`` those of its repaired twin; ``~`` stands before a line of both that a person might change instead. A line with
``?`` tells what real Keras 3 said of the faulty one when it was recorded, and a line with ``!`` is run after a faulty
program that Keras takes without a word, and shows that it trained wrongly.
"""

from __future__ import annotations

import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import pytest

from judge.programs import Judge, Ran
from kerascope.engine.analysis import Analysis, analyse
from kerascope.engine.options import Options
from kerascope.findings import Severity
from kerascope.text.source import Source

HERE = Path(__file__).parent
FILES = sorted((HERE / "programs").glob("*.txt"))


@dataclass(frozen=True)
class Pair:
    """A faulty program and its repaired twin; ``changed`` are the lines of the faulty one, counted from 1, that the
    repair touches, and those next to a line that it adds.
    """

    faulty: str
    repaired: str
    changed: frozenset[int]
    said: str
    shown: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """The faulty program's lines."""
        return self.faulty.splitlines()


def read(path: Path) -> Pair:
    """Reads one file."""
    faulty: list[str] = []
    repaired: list[str] = []
    changed: set[int] = set()
    said, shown = "", []
    for line in path.read_text().splitlines():
        mark, text = line[:1], line[2:]
        if mark == "?":
            said = text
        elif mark == "!":
            shown.append(text)
        elif mark == "-":
            faulty.append(text)
            changed.add(len(faulty))
        elif mark == "+":
            repaired.append(text)
            changed |= {len(faulty), len(faulty) + 1}
        else:
            if mark == "~":
                changed.add(len(faulty) + 1)
            faulty.append(text)
            repaired.append(text)
    return Pair("\n".join(faulty) + "\n", "\n".join(repaired) + "\n", frozenset(changed), said, tuple(shown))


@functools.cache
def own_judge() -> Judge:
    """A process of its own, for the stand-ins change what Keras loads and the folder that programs run in."""
    return Judge(3)


def run(text: str) -> Ran:
    """Runs a program in real Keras 3, on data that stands in for what would have to be fetched."""
    first, rest = text.split("\n", 1)
    prepared = f"import sys; sys.path.insert(0, {str(HERE)!r}); import stand_ins; stand_ins.prepare(); {first}\n{rest}"
    return own_judge().run(prepared)


def check(text: str) -> Analysis:
    """Analyses a program under Keras 3."""
    return analyse(Source("program.py", text), Options(keras="3"))


def found_lines(analysis: Analysis) -> list[int]:
    """The lines that errors and warnings stand on, counted from 1."""
    return [
        analysis.source.text.count("\n", 0, finding.span.start) + 1
        for finding in analysis.findings
        if finding.severity in (Severity.ERROR, Severity.WARNING)
    ]


def feeds(line: str) -> bool:
    """Whether a line hands data to a model."""
    return any(f".{name}(" in line for name in ("fit", "evaluate", "predict", "train_on_batch"))


#: Programs in which nothing is found, with the reason.
NOT_FOUND: dict[str, str] = {
    "autoencoder_compared_with_images": "no rule speaks of targets that have axes which the outputs lack",
    "history_under_its_old_name": "what `fit` returns is not followed",
    "one_target_for_two_outputs": "no rule counts the targets of a model with several outputs",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_fault_is_found_where_a_person_would_mend_it(path: Path) -> None:
    pair = read(path)
    lines = found_lines(check(pair.faulty))
    if path.stem in NOT_FOUND:
        assert not lines
        return
    assert lines, "nothing is found"
    assert all(line in pair.changed or feeds(pair.lines[line - 1]) for line in lines), lines


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_is_found_in_the_repaired_twin(path: Path) -> None:
    assert not found_lines(check(read(path).repaired))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_real_keras_says_the_same(path: Path) -> None:
    pair = read(path)
    pytest.importorskip("tensorflow")
    for package, name in (("pandas", "pandas"), ("PIL", "ImageDataGenerator")):
        if name in pair.faulty and importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed, which this program needs")
    twin = run(pair.repaired)
    assert twin.error is None, twin.error
    faulty = run(pair.faulty + "".join(f"{line}\n" for line in pair.shown))
    if pair.shown:
        assert faulty.error is None, faulty.error
    else:
        assert faulty.error is not None
        assert pair.said in " ".join(faulty.error.split()), faulty.error


def test_enough_of_them_are_found() -> None:
    assert len(FILES) >= 60
    assert len(NOT_FOUND) <= len(FILES) * 5 / 60
