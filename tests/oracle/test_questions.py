"""Questions: what can be told, what is left out, and that no program makes them fail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import ArraySpec, Instance, NestedLayer, Symbol
from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.engine.verification import Asked, asked_of, program_questions
from kerascope.oracle.answers import REFUSED, Answer, first_line
from kerascope.oracle.wire import NotLiteral, encode
from kerascope.text.source import Source

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just(UNKNOWN)
    | st.just(...)
    | st.binary(max_size=3)
    | st.complex_numbers()
    | st.integers(1, 3).map(lambda n: 10 ** (2000 * n))
    | st.just("\ud800")
    | st.just(ArraySpec((3, None), "float32"))
    | st.builds(Symbol, st.sampled_from(["keras.activations.relu", "os.system"])),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=2).map(
            lambda a: Instance("keras.losses.Huber", a)
        )
        | st.dictionaries(st.text(max_size=3), inner, max_size=2).map(
            lambda a: NestedLayer("LSTM", a, frozenset(a))
        )
    ),
    max_leaves=8,
)


@given(VALUES)
def test_every_value_is_told_as_json_or_not_at_all(value: Any) -> None:
    try:
        wire = encode(value)
    except NotLiteral:
        return
    assert json.loads(json.dumps(wire)) == wire


@pytest.mark.parametrize(
    "value",
    [UNKNOWN, ..., b"x", 1j, float("nan"), float("inf"), 10**5000, "x" * 2000, "\ud800", ArraySpec((3,)),
     {"class_name": "Dense"}, (1, UNKNOWN), Instance("keras.losses.Huber", {"**": UNKNOWN})],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_not_literal_is_not_told(value: Any) -> None:
    with pytest.raises(NotLiteral):
        encode(value)


def asked(text: str) -> tuple[Asked, ...]:
    return asked_of(
        analyse(Source("program.py", "import keras\nimport numpy as np\n" + text), Options(keras="3"))
    )


FIT = "model.fit(np.random.rand(64, 20), np.random.randint(0, 10, 64))\n"
MODEL = "model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(10)])\n"
COMPILED = MODEL + "model.compile('adam', 'categorical_crossentropy')\n"


@pytest.mark.parametrize(
    ("text", "full"),
    [
        (COMPILED + FIT, True),
        (COMPILED + "x, y = load()\nmodel.fit(np.random.rand(64, 20), np.random.randint(0, 10, 64), **y)\n", False),
        (COMPILED.replace("'adam'", "make_optimizer()") + FIT, False),
        (COMPILED.replace("Dense(10)", "Dense(10, activation=something)") + FIT, False),
        ("class Own(keras.Sequential):\n    def train_step(self, data):\n        return {}\n"
         + COMPILED.replace("keras.Sequential", "Own") + FIT, False),
        ("keras.Sequential([keras.Input((20,)), keras.layers.Conv2D(8, 3)])\n", True),
        ("keras.Sequential([keras.Input((20,)), keras.layers.Conv2D(8, 3, bias_regularizer=r)])\n", False),
        ("keras.Sequential([keras.Input((9,)), keras.layers.Dense(4, bias_regularizer=r), keras.layers.LSTM(3)])\n",
         False),
        ("class Own(keras.layers.Conv2D):\n    pass\nkeras.Sequential([keras.Input((20,)), Own(8, 3)])\n", False),
    ],
)  # fmt: skip
def test_a_question_is_full_only_where_nothing_is_left_out(text: str, full: bool) -> None:
    for item in asked(text):
        if item.whole is not None:
            assert item.whole.full is full, item.whole.body
        assert not any(question.full for question in item.isolating)
    assert not full or asked(text)


def test_a_model_of_another_package_is_cut_out_of_the_question() -> None:
    """The worker makes none, so that a layer behind it is asked about with the shape that comes out of it."""
    text = (
        "import keras_nlp\nmade = keras_nlp.models.BertClassifier.from_preset('tiny', num_classes=3)\n"
        "x = keras.Input((7,), dtype='int32')\nkeras.layers.Conv2D(4, 3)(made({'token_ids': x}))\n"
    )
    (item,) = asked(text)
    assert item.questions
    for question in item.questions:
        assert not question.full
        assert [layer["make"] for layer in question.body["layers"]] == ["keras.layers.Conv2D"]
        assert {"input": {"shape": [None, 3], "dtype": ""}} in question.body["calls"]


def test_metrics_and_inputs_are_lists_as_programs_write_them() -> None:
    # Keras 3.3 takes no tuple of metrics.
    text = (
        COMPILED.replace("'categorical_crossentropy'", "'categorical_crossentropy', metrics=['accuracy']")
        + FIT
    )
    (item,) = asked(text)
    assert item.whole is not None
    assert item.whole.body["compile"]["metrics"] == {"list": ["accuracy"]}


def test_a_question_holds_nothing_of_the_text() -> None:
    text = (
        COMPILED.replace("model", "my_secret_name") + FIT.replace("model", "my_secret_name") + "# a comment\n"
    )
    (item,) = asked(text)
    for question in item.questions:
        written = json.dumps(question.body)
        assert "secret" not in written
        assert "comment" not in written
        assert "program.py" not in written


def test_a_deep_model_is_no_deeper_than_python_s_stack() -> None:
    text = "x = inputs = keras.Input((8,))\nfor i in range(60):\n" + "".join(
        "    x = keras.layers.Dense(8)(x)\n" for _ in range(40)
    )
    analysis = analyse(
        Source("program.py", "import keras\n" + text + "keras.layers.Conv2D(8, 3)(x)\n"), Options(keras="3")
    )
    (item,) = asked_of(analysis)
    assert item.whole is not None
    assert len(item.whole.body["calls"]) > 1000
    assert len(list(program_questions(analysis))) > 0


CALL = "Exception encountered when calling Dense.call().\n\nInput 0 is wrong\n\nArguments received by Dense.call()"
TRACED = 'in user code:\n\n    File "a.py", line 1, in f\n        x\n\n    ValueError: Shapes differ\n'
GRAPH = (
    "Graph execution error:\n\nDetected at node x defined at (most recent call last):\n<stack traces unavailable>\n"
    "Received a label value of 9\n\t [[{{node x}}]]"
)


@pytest.mark.parametrize(
    ("kind", "message", "line"),
    [
        ("ValueError", CALL, "Input 0 is wrong"),
        ("ValueError", TRACED, "Shapes differ"),
        ("InvalidArgumentError", GRAPH, "Received a label value of 9"),
        ("TypeError", "", "TypeError"),
        ("ValueError", "x" * 1000, "x" * 239 + "…"),
    ],
    ids=["call", "traced", "graph", "empty", "long"],
)
def test_of_a_message_the_line_is_shown_that_says_what_is_wrong(kind: str, message: str, line: str) -> None:
    assert first_line(Answer("3.15.1", REFUSED, message, kind)) == line
