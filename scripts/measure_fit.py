"""How much of what goes into ``fit`` is known, on other people's programs that are known to run.

usage: measure_fit.py CLEAN_FILES_JSON UNPACKED_DIR [--tier A,B,C] [--limit N] [-v SOURCE]

Every call of ``fit`` that an analysis reaches in a file counts once. Its data's source is told from the text of the
program alone: what the argument's name is assigned from, and what that is assigned from in turn. *Features*: the rank of
every input is known, and every axis but that of the batch. *Labels*: the same of every target, and their encoding, which
is class ids, one-hot rows (of any width where folders are the classes), or numbers or truths of a known type; a call
that is given no targets, because the loss needs none, counts as known. *Checked*: both, and the shape of every output of
a complete model and the loss are known as well. Notebooks that are generated from a program of the list are left out.
"""

from __future__ import annotations

import argparse
import ast
import collections
import json
import re
import sys
from pathlib import Path
from typing import Any

from kerascope.domain.shapes import UNKNOWN, Tri
from kerascope.domain.specs import ArraySpec
from kerascope.engine.options import Options
from kerascope.engine.reading import read_source
from kerascope.engine.workspace import Workspace
from kerascope.graph.nodes import Event, Tensor
from kerascope.syntax.edits import text_of

ARRAYS = "NumPy, tf.data of arrays"
OUT_OF_FILES, MADE = "– of these, arrays out of files", "– of these, arrays that the program makes"

SOURCES = (
    ("*_from_directory", r"_from_directory|flow_from_dataframe"),
    ("ImageDataGenerator.flow", r"\.flow\("),
    ("timeseries_dataset", r"timeseries_dataset_from_array|TimeseriesGenerator"),
    ("tfds", r"tfds\.|tensorflow_datasets"),
    ("keras.datasets", r"\.load_data\("),
    ("tf.data (files)", r"TFRecordDataset|TextLineDataset|list_files|make_csv_dataset|CsvDataset"),
    ("generator, Sequence", r"yield\b|Sequence\)|PyDataset\)|from_generator"),
    ("pandas", r"read_csv|DataFrame|pd\.|read_json|read_excel"),
    (
        "scikit-learn sets",
        r"load_iris|load_digits|make_(?:moons|circles|blobs|classification|regression)|fetch_",
    ),
    (
        OUT_OF_FILES,
        r"np\.(?:load|loadtxt|genfromtxt|fromfile|memmap)\b|loadmat|h5py|pickle|json\.load|\bopen\(|imread|load_img"
        r"|read_file|decode_(?:jpeg|png|image)|glob\(|listdir|get_file\(|urlopen",
    ),
    (MADE, r"np\.|numpy|from_tensor_slices|tf\.|pad_sequences|keras\."),
)


class _Assignments(ast.NodeVisitor):
    """What each name of a program may be assigned from, as text, by name."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: dict[str, list[ast.AST]] = collections.defaultdict(list)

    def _note(self, target: ast.expr, value: ast.AST) -> None:
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                self.found[node.id].append(value)
            elif isinstance(node, ast.Attribute):
                self.found[node.attr].append(value)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._note(target, node.value)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self._note(node.target, node.iter)
        self.generic_visit(node)

    def visit_With(self, node: ast.With) -> None:
        for item in node.items:
            if item.optional_vars is not None:
                self._note(item.optional_vars, item.context_expr)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.found[node.name].append(node)
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.found[node.name].append(node)
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        call = node.value
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in {"append"}
        ):
            self._note(call.func.value, call)
        self.generic_visit(node)


def source_of(argument: str, text: str, assignments: _Assignments) -> str:
    """The kind of source that an argument's data comes from, told from the text."""
    try:
        pending = [
            (node.id, 0) for node in ast.walk(ast.parse(argument.strip())) if isinstance(node, ast.Name)
        ]
    except SyntaxError:
        return "not told"
    seen, said = set(), [argument]
    while pending:
        name, depth = pending.pop()
        if name in seen or depth > 8:
            continue
        seen.add(name)
        for value in assignments.found.get(name, ()):
            said.append(ast.get_source_segment(text, value) or "")
            for node in ast.walk(value):
                if isinstance(node, (ast.Name, ast.Attribute)):
                    pending.append((node.id if isinstance(node, ast.Name) else node.attr, depth + 1))
    joined = "\n".join(said)
    return next((source for source, pattern in SOURCES if re.search(pattern, joined)), "not told")


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, tuple):
        return [leaf for part in value for leaf in _leaves(part)]
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _leaves(part)]
    return [value]


def shape_known(value: Any) -> bool:
    """Whether every array of a nest has a known rank and known axes but for the first."""
    leaves = _leaves(value)
    return bool(leaves) and all(
        isinstance(leaf, ArraySpec) and isinstance(leaf.shape, tuple) and UNKNOWN not in leaf.shape[1:]
        for leaf in leaves
    )


def labels_known(value: Any) -> bool:
    """The same of labels, where the width of one-hot rows may be open: the classes of folders are counted on a disk."""
    return all(
        shape_known(leaf)
        or (
            isinstance(leaf, ArraySpec)
            and leaf.facts.one_hot is Tri.YES
            and isinstance(leaf.shape, tuple)
            and UNKNOWN not in leaf.shape[1:-1]
        )
        for leaf in _leaves(value)
    )


def encoding_known(value: Any) -> bool:
    """Whether it is known of every array of a nest what its elements are: class ids, one-hot rows, numbers."""
    return all(
        isinstance(leaf, ArraySpec)
        and (
            leaf.facts.one_hot is Tri.YES
            or leaf.facts.integral is Tri.YES
            or leaf.dtype.startswith(("float", "bool"))
        )
        for leaf in _leaves(value)
    )


def judged(event: Event) -> tuple[bool, bool, bool]:
    """Whether the features, the labels, and all that a check needs are known."""
    x, given = event.arguments.get("x", UNKNOWN), event.arguments.get("y")
    if event.own_step is not None:
        # A model that trains in its own way is fed as well, though nothing is checked of it.
        x, given = event.own_step
    features = shape_known(x)
    labels = (features if given is None else labels_known(given) and encoding_known(given)) and event.complete
    model, compiled = event.graph.model, event.graph.model.compiled
    outputs = event.graph.output_tensors
    whole = (
        features
        and event.arguments.get("x", UNKNOWN) is not UNKNOWN
        and labels
        and model.complete
        and bool(outputs)
        and all(
            isinstance(tensor, Tensor)
            and isinstance(tensor.spec.shape, tuple)
            and UNKNOWN not in tensor.spec.shape[1:]
            for tensor in outputs
        )
        and compiled is not None
        and compiled.get("loss") is not UNKNOWN
    )
    return features, labels, whole


def main() -> None:
    """Prints the table, and with ``-v`` the calls of one source of which not all is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clean")
    parser.add_argument("unpacked", type=Path)
    parser.add_argument("--tier", default="A,B,C")
    parser.add_argument("--limit", type=int)
    parser.add_argument("-v", dest="shown", help="a source whose unknown calls are listed, or `all`")
    args = parser.parse_args()
    files = [
        entry
        for entry in json.loads(Path(args.clean).read_text())
        if entry["tier"] in args.tier.split(",") and not entry.get("twin_of")
    ][: args.limit]
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for entry in files:
        path = args.unpacked / entry["label"] / entry["file"]
        if not path.exists():
            continue
        source = read_source(path)
        analysis = Workspace().analyse(source, Options(keras=str(entry["keras_major"] or 3)))
        if analysis.interpretation is None:
            continue
        assignments = _Assignments(source.text)
        try:
            assignments.visit(ast.parse(source.text))
        except (SyntaxError, ValueError, RecursionError):
            continue
        calls: dict[tuple[str, int], tuple[str, tuple[bool, bool, bool]]] = {}
        for event in analysis.interpretation.trace.events:
            site = event.sites.get("x")
            if event.kind == "fit" and site is not None and event.site.path == source.path:
                key = (source.path, event.site.span.start)
                found = judged(event)
                if key in calls:
                    found = tuple(map(max, calls[key][1], found))  # type: ignore[assignment]
                calls[key] = (source_of(text_of(site), source.text, assignments), found)
        for (_, start), (kind, (features, labels, whole)) in calls.items():
            for group in (kind, "all", *((ARRAYS,) if kind in (OUT_OF_FILES, MADE) else ())):
                tally = counts[group]
                tally["fit"] += 1
                tally["features"] += features
                tally["labels"] += labels
                tally["both"] += features and labels
                tally["checked"] += whole
            if args.shown in (kind, "all", *((ARRAYS,) if kind in (OUT_OF_FILES, MADE) else ())) and not (
                features and labels
            ):
                line = source.text.count("\n", 0, start) + 1
                said = source.text[start:].splitlines()[0][:90]
                sys.stderr.write(f"{path}:{line} {kind} features={features} labels={labels} {said}\n")
    sys.stdout.write(
        "| source of the features | calls of `fit` | features | labels | both | wholly checked |" + "\n"
    )
    sys.stdout.write("|---|---:|---:|---:|---:|---:|" + "\n")
    names = [name for name, _ in SOURCES]
    names.insert(names.index(OUT_OF_FILES), ARRAYS)
    for group in (*names, "not told", "all"):
        tally = counts[group]
        if tally["fit"]:
            shares = (
                f"{tally[name] / tally['fit']:.0%}" for name in ("features", "labels", "both", "checked")
            )
            sys.stdout.write(f"| {group} | {tally['fit']} | {' | '.join(shares)} |" + "\n")


if __name__ == "__main__":
    main()
