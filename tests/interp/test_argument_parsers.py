"""What ``argparse`` gives by default, against Python's own; and what is said of a run that is given nothing."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import pytest

from kerascope.domain.shapes import UNKNOWN
from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.findings import Finding, Severity
from kerascope.interp.interpreter import interpret
from kerascope.syntax.units import TreeCache, parse
from kerascope.text.source import Source

OPTIONS = {
    "a number": "p.add_argument('--units', type=int, default=32)",
    "a number as a text": "p.add_argument('--rate', type=float, default='0.5')",
    "a text": "p.add_argument('-a', '--act-name', default='relu', choices=['relu', 'tanh'])",
    "short names only": "p.add_argument('-n', '-m', type=int, default=3)",
    "another attribute": "p.add_argument('--size', dest='side', default=28, type=int)",
    "flags": "p.add_argument('--bn', action='store_true')\np.add_argument('--no-aug', action='store_false')",
    "a flag with a default": "p.add_argument('--bn', action='store_true', default=True)",
    "no default": "p.add_argument('--units', type=int)",
    "a constant": "p.add_argument('--mode', action='store_const', const=3)",
    "counted": "p.add_argument('-v', action='count', default=0)",
    "several": "p.add_argument('--sizes', nargs='+', type=int, default=(3, 4))",
    "a place that may stay empty": "p.add_argument('path', nargs='?', default='data')",
    "groups": "g = p.add_argument_group('model')\ng.add_argument('--units', default=5)\n"
    "e = p.add_mutually_exclusive_group()\ne.add_argument('--depth', default=2, type=int)",
    "set_defaults": "p.add_argument('--units', default=5)\np.set_defaults(units=6, more=7)",
    "in a loop": "for name, value in (('a', 1), ('b', 2)):\n    p.add_argument('--' + name, type=int, default=value)",
    "in a function": "def add(parser):\n    parser.add_argument('--units', default=9)\n    return parser\np = add(p)",
}
NOT_KNOWN = {
    "required": "p.add_argument('--units', type=int, required=True, default=3)",
    "a place": "p.add_argument('units', type=int)",
    "a converter of the program's own": "def double(text):\n    return 2 * int(text)\n"
    "p.add_argument('--units', type=double, default='4')",
    "handed to code that is not seen": "p.add_argument('--units', default=3)\nunseen(p)",
    "under a condition": "p.add_argument('--units', default=3)\nif unseen:\n    p.set_defaults(units=4)",
}


def stated(options: str, parsing: str, *, assumes_defaults: bool = True) -> Any:
    """What the interpreter takes ``p.parse_args().name`` to be, as a callback is given it."""
    program = (
        f"import argparse\nimport keras\np = argparse.ArgumentParser()\n{options}\n"
        f"keras.callbacks.EarlyStopping(patience=p.{parsing})\n"
    )
    interpretation = interpret(
        parse(Source("program.py", program), TreeCache()), 3, assumes_defaults=assumes_defaults
    )
    return interpretation.made[-1].arguments["patience"]


@pytest.mark.parametrize("name", OPTIONS)
def test_defaults_are_those_of_python(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["program.py"])
    names: dict[str, Any] = {"p": argparse.ArgumentParser()}
    exec(OPTIONS[name], names)
    real = vars(names["p"].parse_args())
    assert real
    for attribute, value in real.items():
        said = stated(OPTIONS[name], f"parse_args().{attribute}")
        assert (said, type(said)) == (value, type(value)), attribute
        assert stated(OPTIONS[name], f"parse_args().{attribute}", assumes_defaults=False) is UNKNOWN


@pytest.mark.parametrize("name", NOT_KNOWN)
def test_what_the_defaults_do_not_tell_stays_unknown(name: str) -> None:
    assert stated(NOT_KNOWN[name], "parse_args().units") is UNKNOWN


def test_arguments_that_are_written_there_leave_nothing_to_assume() -> None:
    options = "p.add_argument('--units', type=int, default=3)"
    assert stated(options, "parse_args(['--units', '4']).units") is UNKNOWN
    for empty in ("[]", "''", "args=[]", "args=()"):
        assert stated(options, f"parse_args({empty}).units", assumes_defaults=False) == 3
    assert stated(options, "parse_known_args()[0].units") == 3


PROGRAM = """import argparse

from tensorflow import keras
from tensorflow.keras import layers

parser = argparse.ArgumentParser()
parser.add_argument("--activation", default="sigmoid")
parser.add_argument("--kernel", type=int, default=9)
args = parser.parse_args()
model = keras.Sequential([keras.Input((8,)), layers.Dense(10, activation=args.activation)])
model.compile(loss="categorical_crossentropy")
images = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, args.kernel)])
"""


def findings(**options: Any) -> tuple[Finding, ...]:
    return analyse(Source("train.py", PROGRAM), Options(keras="3", **options)).findings


def test_what_goes_wrong_by_default_is_said_on_request_and_never_as_an_error() -> None:
    assert not findings()
    found = {finding.code: finding for finding in findings(possible=True)}
    assert set(found) == {"KC201", "KS109"}
    assert {finding.certainty for finding in found.values()} == {"possible"}
    assert {finding.severity for finding in found.values()} == {Severity.WARNING}
    assert all(finding.fixes for finding in found.values())


def test_a_failure_with_assumed_defaults_costs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*args: Any, **settings: Any) -> Any:
        if settings.get("assumes_defaults"):
            raise RuntimeError("an interpretation that failed")
        return interpret(*args, **settings)

    monkeypatch.setattr("kerascope.engine.analysis.interpret", failing)
    certain = Source(
        "train.py",
        PROGRAM + "texts = keras.Sequential([keras.Input((5, 4)), layers.LSTM(8), layers.LSTM(8)])\n",
    )
    analysis = analyse(certain, Options(keras="3", possible=True))
    assert [finding.code for finding in analysis.findings] == ["KS102"]
