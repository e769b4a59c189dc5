"""Texts, numbers and lists that come out of files, against Python: what is said of a value covers what it is.

The programs are drawn and run on real files. Of a text it is said that it is one, of a number between which bounds it
lies, of a list what every item is; a program that would fail says nothing about the rest of it.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import ArraySpec
from kerascope.interp.interpreter import MAIN_FRAME, interpret
from kerascope.interp.machine import Machine
from kerascope.interp.values import DictObject, ListObject, OneOf, Ref, SetObject
from kerascope.syntax.units import TreeCache, parse
from kerascope.text.source import Source

HEAD = "import glob, os, random\nimport numpy as np\n"

TEXT = (
    "open(path).read()", "open(path).readline()", "lines[0]", "lines[-1]", "lines[len(names) - 1]", "os.getcwd()",
    "os.path.join(folder, names[0])", "os.path.basename(path)", "random.choice(lines)", "f'{len(lines)} {path!r}'",
    "names[0].split('.')[0]", "' '.join(lines)", "str(len(lines))", "repr(lines)", "'%s.png' % len(names)",
    "'{} of {}'.format(len(lines), path)", "os.path.splitext(names[0])[1]", "lines[0].partition('o')[2]",
)  # fmt: skip
ON_TEXT = (
    "{}.upper()", "{}.strip()", "{}[1:]", "{}[:-2]", "{} + '!'", "'<' + {} + '>'", "{} * 2", "{}.replace('o', '0')",
    "{}.zfill(9)", "'a-' + {}.title()", "({} or 'none')", "{}.center(len(lines))",
)  # fmt: skip
TO_NUMBER = (
    "len({})", "{}.find('o')", "{}.count('e')", "int('7' + str(len({})))", "len({}) + 2", "len({}) // 2",
    "3 * len({}) - 1",
)  # fmt: skip
TO_FLOAT = (
    "float(len({}))",
    "len({}) / 2",
    "0.5 * len({})",
    "float('2.5') + len({})",
    "len({}) / (len(lines) + 1)",
)
TEXTS = (
    "lines", "names", "open(path).readlines()", "glob.glob(folder + '/*')", "os.listdir(folder)",
    "open(path).read().split('\\n')", "[line.strip() for line in open(path)]", "sorted(names)", "list(reversed(lines))",
    "lines[1:]", "lines + names", "lines + ['x']", "random.sample(lines, 2)", "[line for line in lines if 'e' in line]",
    "list(map(str, lines))", "list(table.values())", "sorted(lines, key=len, reverse=True)",
    "[one for one, _ in pairs]", "list(list(zip(*pairs))[0])", "[a for a, b in zip(lines, names)]",
    "[text for _, text in enumerate(lines, 4)]",
)  # fmt: skip
OF_TEXTS = (
    "[len(t) for t in {}]", "[(t, len(t)) for t in {}]", "[[t] for t in {}]", "list(enumerate({}, 2))",
    "list(zip({}, lines))", "list(map(len, {}))", "[float(len(t)) for t in {}]", "dict.fromkeys({}, 1)",
    "{{t: len(t) for t in {}}}", "np.array({})", "np.array([len(t) for t in {}])", "np.array([[t] for t in {}])",
    "np.array([(len(t), len(t) / 2) for t in {}])", "[t.split('e') for t in {}]",
)  # fmt: skip
STATEMENTS = (
    "n = 0\nfor t in {}:\n    n += 1\n    r.append((t, n))\n",
    "n = 0\nfor t in {}:\n    r.append(n)\n    n += len(t)\nr.append(n)\n",
    "for t in {}:\n    table[t] = t + '!'\n    r.append(table[t])\nr.append(table.get('no', 'default'))\n",
    "for t in {}:\n    table[len(t)] = len(t)\nr = list(table.values())\n",
    "for t in {}:\n    table[t] = t\nif len(table) > 2:\n    del table[lines[0]]\nr = list(table.values())\n",
    "for i, t in enumerate({}):\n    r += [t] * len(t)\n",
    "random.shuffle(r)\nfor t in {}:\n"
    "    if t in table:\n        r.append(table[t])\n    else:\n        table[t] = t\n",
    "a = b = c = 0\nfor t in {}:\n    r.append((a, b))\n    a, b, c = b, c, t\nr.append(a)\n",
    "a = b = 0\nfor t in {}:\n    r.append(a + 1 if a else b)\n    a = b\n    b = b + 1 if len(r) < 3 else 0.5\n",
    "list(map(r.append, {}))\n",
    "list(map(lambda t: r.extend([t, len(t)]), {}))\n",
    "t = ''\nfor line in {}:\n    t = line\n    r.append(t + line)\n",
    "last = 'x'\nfor line in {}:\n    r.append(last)\n    last = len(line)\n",
    "kept = {{}}\nfor line in {}:\n    kept.setdefault(line, len(line))\n"
    "r = [kept, kept.get('q'), kept.pop(lines[0], 0)]\n",
)  # fmt: skip
START = (
    "lines = open(path).read().splitlines()\nnames = os.listdir(folder)\ntable = {}\nr = []\n"
    "pairs = [(line, len(line)) for line in lines]\nfor line in lines:\n    table[line] = line.upper()\n"
)


def drawn(rng: random.Random) -> str:
    """The program after its first lines: what it leaves in ``r``."""
    text = rng.choice((*TEXT, *TEXT, f"random.choice({rng.choice(TEXTS)})"))
    for _ in range(rng.randrange(3)):
        text = rng.choice(ON_TEXT).format(f"({text})")
    texts = rng.choice(TEXTS)
    kind = rng.randrange(5)
    if kind == 0:
        return f"r = {text}\n"
    if kind == 1:
        return f"r = {rng.choice(TO_NUMBER + TO_FLOAT).format(f'({text})')}\n"
    if kind == 2:
        return f"r = {texts}\n"
    if kind == 3:
        return f"r = {rng.choice(OF_TEXTS).format(texts)}\n"
    return rng.choice(STATEMENTS).format(texts)


def covers(machine: Machine, said: Any, real: Any) -> bool:
    """Whether what is said of a value holds for it."""
    import numpy as np

    if said is UNKNOWN:
        return True
    if isinstance(said, OneOf):
        return any(covers(machine, one, real) for one in said.alternatives)
    if isinstance(said, ArraySpec):
        kind = {"str": str, "int": int, "float": float}.get(said.dtype)
        if said.shape == () and kind is not None and not isinstance(real, np.ndarray):
            lo, hi = said.facts.lo, said.facts.hi
            return type(real) is kind and (lo is None or lo <= real) and (hi is None or real <= hi)
        array = np.asarray(real)
        types = {"str": "<U"}.get(said.dtype, said.dtype)
        alike = isinstance(said.shape, tuple) and len(said.shape) == array.ndim
        sides = alike and all(s is UNKNOWN or s == n for s, n in zip(said.shape, array.shape, strict=True))
        return (not isinstance(said.shape, tuple) or sides) and (
            not types or array.dtype.name.startswith(types.replace("<U", "str"))
        )
    thing = machine.thing(said) if isinstance(said, Ref) else None
    if isinstance(thing, ListObject):
        items = list(real)
        if thing.items is None:
            return all(covers(machine, thing.element, item) for item in items)
        return len(items) == len(thing.items) and all(
            map(lambda a, b: covers(machine, a, b), thing.items, items)
        )
    if isinstance(thing, DictObject):
        missing = thing.exact and thing.items.keys() != real.keys()
        return not missing and all(
            covers(machine, thing.items.get(key, thing.rest), value) for key, value in real.items()
        )
    if isinstance(thing, SetObject):
        return thing.items is None or thing.items == real
    if isinstance(said, tuple):
        return (
            isinstance(real, tuple)
            and len(said) == len(real)
            and all(map(lambda a, b: covers(machine, a, b), said, real))
        )
    return type(said) is type(real) and said == real


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The names of a folder with three files, and of a file of six lines."""
    folder = tmp_path_factory.mktemp("texts")
    for name in ("one.txt", "two.png", "three"):
        (folder / name).write_text("", encoding="utf-8")
    path = folder.parent / "lines.txt"
    path.write_text("one\ntwo three\nfour\ne\nseventeen\neleven\n", encoding="utf-8")
    return f"{HEAD}path = {str(path)!r}\nfolder = {str(folder)!r}\n{START}"


def said_of(program: str) -> tuple[Machine, Any]:
    """What is said of ``r``, and the machine that holds the objects."""
    machine = interpret(parse(Source("texts.py", program), TreeCache()), 3)._machine
    return machine, machine.state.names(MAIN_FRAME)["r"].value


@pytest.mark.parametrize("seed", range(8))
def test_what_is_said_of_texts_covers_what_they_are(seed: int, head: str) -> None:
    rng = random.Random(seed)
    known = judged = 0
    for _ in range(60):
        program = head + drawn(rng)
        names: dict[str, Any] = {}
        try:
            exec(program, names)
        except (ValueError, IndexError, TypeError, KeyError):
            continue
        machine, said = said_of(program)
        judged += 1
        known += said is not UNKNOWN
        assert covers(machine, said, names["r"]), f"{program}\n{said} {machine.thing(said)}\n{names['r']!r}"
    assert judged > 45
    assert known > 0.9 * judged


def test_a_value_that_is_not_covered_is_seen(head: str) -> None:
    """The comparison itself: what is said of lines does not hold for numbers, nor for lines of another length."""
    machine, said = said_of(head + "r = [line.strip() for line in lines]\n")
    assert covers(machine, said, ["a", "b"])
    assert not covers(machine, said, ["a", 1])
    machine, said = said_of(head + "r = (len(lines), 2)\n")
    assert covers(machine, said, (7, 2))
    assert not covers(machine, said, (7, 3))
    assert not covers(machine, said, (-1, 2))
    assert not covers(machine, said, ("7", 2))


@pytest.mark.parametrize(
    "shuffle", ["random.shuffle(r)", "np.random.shuffle(r)", "np.random.RandomState(1).shuffle(r)"]
)
def test_a_list_that_was_shuffled_has_no_order(shuffle: str) -> None:
    machine, said = said_of(f"{HEAD}r = [8, 16, 16]\n{shuffle}\n")
    thing = machine.thing(said)
    assert isinstance(thing, ListObject)
    assert thing.items == (OneOf((8, 16)),) * 3


def test_an_array_under_a_name_that_is_not_known_changes_with_it() -> None:
    store = "d = {}\na = np.zeros(3)\nfor name in open('names'):\n    d[name] = a\n"
    _, before = said_of(f"{HEAD}{store}r = d[name]\n")
    assert (before.facts.lo, before.facts.hi) == (0, 0)
    _, after = said_of(f"{HEAD}{store}a[0] = 5\nr = d[name]\n")
    assert (after.shape, after.facts.hi) == ((3,), 5)


def test_what_a_hidden_function_gets_in_a_list_of_any_length_may_change() -> None:
    made = "from hidden import change\nfrom keras import layers\nlists = [[] for line in open('x')]\n"
    machine, said = said_of(f"{HEAD}{made}r = lists[0]\n")
    assert machine.thing(said).items == ()
    machine, said = said_of(f"{HEAD}{made}change(lists)\nr = lists[0]\n")
    assert machine.thing(said) is None or machine.thing(said).items is None
