"""The names of optimizers and metrics, and what a metric is held against, against real Keras."""

from __future__ import annotations

import json
from typing import Any

import pytest

from judge.programs import judge
from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.graph.metrics import (
    METRIC_NAMES,
    MISLEADING_METRICS,
    NEEDS_ARGUMENTS,
    RESOLVED_BY_LABELS,
    UnknownMetric,
    closest_metric,
    compared_row_by_row,
    metric_class,
    resolve_metric,
    written_metrics,
)
from kerascope.graph.nodes import Compiled, Event, Model, ModelGraph
from kerascope.graph.optimizers import (
    MISLEADING_OPTIMIZERS,
    OPTIMIZER_NAMES,
    constructed,
    is_optimizer_name,
    optimizer_class,
)
from kerascope.syntax.edits import text_of
from kerascope.text.source import Source

MAJORS = (3, 2)


def told(major: int, program: str) -> Any:
    """What a program tells on real Keras by raising it as JSON."""
    ran = judge(major).run(program)
    assert ran.error is not None
    assert ran.error.startswith("RuntimeError: "), ran.error
    return json.loads(ran.error.removeprefix("RuntimeError: "))


# --- Names ----------------------------------------------------------------------------------------------------

OPTIMIZERS = """
import json
from tensorflow import keras
outcomes = {{}}
for name in {names}:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    try:
        model.compile(name, "mse")
        outcomes[name] = "made"
    except Exception as error:
        unknown = "Could not interpret optimizer" in str(error) or "Unknown optimizer" in str(error)
        unknown = unknown or "Could not locate class" in str(error)
        outcomes[name] = "unknown" if unknown else "not made"
raise RuntimeError(json.dumps(outcomes))
"""


@pytest.mark.parametrize("major", MAJORS)
def test_keras_finds_every_listed_optimizer_in_any_case_and_no_misleading_one(major: int) -> None:
    listed = sorted(OPTIMIZER_NAMES[major])
    others = [*MISLEADING_OPTIMIZERS, "adamm", "lamb", "adam ", ""]
    outcomes = told(major, OPTIMIZERS.format(names=[*listed, *(name.upper() for name in listed), *others]))
    assert {name for name, outcome in outcomes.items() if outcome == "unknown"} == set(others)
    assert {name for name in listed if outcomes[name] == "made"} >= {
        "adam",
        "sgd",
        "rmsprop",
        "ftrl",
        "adamw",
    }
    assert all(is_optimizer_name(name.upper(), major) for name in listed)
    assert not any(is_optimizer_name(name, major) for name in others)


def test_no_optimizer_of_the_installed_keras_is_missing() -> None:
    listing = "from keras.src.optimizers import ALL_OBJECTS_DICT\nnames = list(ALL_OBJECTS_DICT)"
    known = told(3, f"import json\n{listing}\nraise RuntimeError(json.dumps(names))")
    assert set(known) <= OPTIMIZER_NAMES[3]


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("keras.optimizers.Adam", "Adam"),
        ("tf.optimizers.SGD", "SGD"),
        ("keras.optimizers.legacy.RMSprop", "RMSprop"),
        ("keras.optimizers.schedules.ExponentialDecay", None),
        ("keras.optimizers.get", None),
        ("tensorflow_addons.optimizers.Adam", None),
    ],
)
def test_an_optimizer_class_is_known_by_its_symbol(symbol: str, name: str | None) -> None:
    assert optimizer_class(symbol) == name


METRICS = """
import json
import numpy as np
from tensorflow import keras
outcomes = {{}}
for name in {names}:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    try:
        model.compile("sgd", "mse", metrics=[name])
        model.fit(np.zeros((4, 2)), np.zeros((4, 1), "float32"), verbose=0)
        outcomes[name] = "made"
    except Exception as error:
        text = str(error)
        unknown = "Could not interpret metric" in text or "'str' object is not callable" in text
        outcomes[name] = "unknown" if unknown else "not made"
raise RuntimeError(json.dumps(outcomes))
"""


@pytest.mark.parametrize("major", MAJORS)
def test_keras_finds_every_listed_metric_and_no_misleading_one(major: int) -> None:
    listed = [*sorted(METRIC_NAMES[major]), *sorted(RESOLVED_BY_LABELS[major]), "ACC", "Accuracy"]
    others = [name for name in MISLEADING_METRICS[major] if name not in METRIC_NAMES[major]]
    others += ["acuracy", "f1", "loss", "val_loss", "fscore"]
    outcomes = told(major, METRICS.format(names=[*listed, *others]))
    unknown = {name for name, outcome in outcomes.items() if outcome == "unknown"}
    # MeanMetricWrapper is found, and then takes no function to wrap.
    assert unknown - {"MeanMetricWrapper"} == set(others)
    # What is listed as a metric that needs nothing but its name can be made from it.
    for name in listed:
        found = resolve_metric(name, major)
        assert not isinstance(found, UnknownMetric)
        kind = metric_class(name)
        if kind is not None and kind not in NEEDS_ARGUMENTS and name not in {"bce", "BCE"}:
            assert outcomes[name] == "made", name
    assert all(isinstance(resolve_metric(name, major), UnknownMetric) for name in others)


MEMBERS = {
    3: "from keras.src.metrics import ALL_OBJECTS_DICT\nnames = list(ALL_OBJECTS_DICT)",
    2: "from tf_keras.src import metrics\nnames = [n for n, v in vars(metrics).items() if callable(v) and n[0] != '_']",
}


@pytest.mark.parametrize("major", MAJORS)
def test_no_metric_of_the_installed_keras_is_missing(major: int) -> None:
    names = told(major, f"import json\n{MEMBERS[major]}\nraise RuntimeError(json.dumps(names))")
    assert set(names) <= METRIC_NAMES[major] | RESOLVED_BY_LABELS[major] | {"ACC"}


@pytest.mark.parametrize("major", MAJORS)
def test_every_suggested_metric_is_one(major: int) -> None:
    assert set(MISLEADING_METRICS[major].values()) <= METRIC_NAMES[major]
    assert closest_metric("acuracy", major) == "accuracy"
    assert closest_metric("sparse_categorical_acc", major) == "sparse_categorical_accuracy"
    assert closest_metric("auc_score_of_mine", major) is None


def test_what_each_keras_calls_the_area_under_the_curve() -> None:
    assert closest_metric("auc", 2) == "AUC"
    assert closest_metric("roc_auc", 3) == "auc"


# --- Places ---------------------------------------------------------------------------------------------------

PROGRAM = """\
from tensorflow import keras
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
rate = 0.1
opt = keras.optimizers.SGD(rate)
auc = keras.metrics.AUC()
model.compile(opt, "mse", metrics=["mae", auc, [keras.metrics.Recall()]])
"""


def test_metrics_and_optimizers_are_found_where_they_are_made() -> None:
    analysis = analyse(Source("program.py", PROGRAM), Options(keras="3"))
    assert analysis.interpretation is not None
    trace = analysis.interpretation.trace
    compiled = trace.events[-1].graph.model.compiled
    assert compiled is not None
    found = [(text_of(item.site), item.direct) for item in written_metrics(compiled, trace.made)]
    assert found == [('"mae"', True), ("keras.metrics.AUC()", False), ("keras.metrics.Recall()", True)]
    made = constructed(trace.made, compiled)
    assert made is not None
    assert text_of(made.site) == "keras.optimizers.SGD(rate)"
    assert made.arguments == {"0": 0.1}


# --- Rows -----------------------------------------------------------------------------------------------------

ROWS = """
import json
import numpy as np
from tensorflow import keras
verdicts = []
for rows, columns, batch in {cases}:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(columns, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[keras.metrics.BinaryAccuracy()])
    try:
        model.fit(np.zeros((rows, 2)), np.zeros(rows, "int32"), batch_size=batch, verbose=0)
        verdicts.append(False)
    except Exception:
        verdicts.append(True)
raise RuntimeError(json.dumps(verdicts))
"""
CASES = [
    (64, 3, None),
    (64, 3, 1),
    (3, 3, None),
    (6, 3, 3),
    (7, 3, 3),
    (8, 3, 3),
    (1, 3, None),
    (64, 32, None),
    (65, 32, None),
]


def test_class_ids_are_refused_by_rows_just_where_real_keras_refuses_them() -> None:
    model = Model(1, "Sequential", "Sequential", "m", None)  # type: ignore[arg-type]
    compiled = Compiled({}, {}, None)  # type: ignore[arg-type]
    assert compiled.complete
    said = []
    for rows, columns, batch in CASES:
        given = {} if batch is None else {"batch_size": batch}
        event = Event("fit", ModelGraph(model, {}), given, {}, None, None)  # type: ignore[arg-type]
        said.append(compared_row_by_row((rows,), (None, columns), event))
    assert said == told(3, ROWS.format(cases=CASES))
    assert True in said
    assert False in said
