"""Runs programs of the tests on real Keras, one after another, and says what each of them did.

The child process of ``judge.programs``. It reads one JSON object per line from standard input and writes one per line
to the descriptor that it is given; nothing that TensorFlow prints can get in between.
"""

import contextlib
import io
import json
import linecache
import os
import re
import sys
import traceback
import warnings

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def table_of(model):
    """The rows that ``model.summary()`` prints: name, class, shapes, parameters; and the three totals."""
    layers = (
        model.layers if type(model).__name__ == "Sequential" else getattr(model, "_operations", model.layers)
    )

    def shape_of(layer):
        nodes = layer._inbound_nodes
        if not nodes:
            return None
        outputs = nodes[-1].outputs if hasattr(nodes[-1], "outputs") else nodes[-1].output_tensors
        flat = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        shapes = [list(tensor.shape) for tensor in flat]
        return shapes[0] if len(shapes) == 1 else shapes

    def count(weights):
        total = 0
        for weight in weights:
            size = 1
            for side in weight.shape:
                size *= int(side)
            total += size
        return total

    rows = [
        [
            layer.name,
            type(layer).__name__,
            shape_of(layer),
            layer.count_params() if hasattr(layer, "count_params") else 0,
        ]
        for layer in layers
    ]
    totals = [count(model.weights), count(model.trainable_weights), count(model.non_trainable_weights)]
    return {"rows": rows, "totals": totals}


def run(keras, code, tables):
    """What a program did: its error with the line that raised it, and the tables of the models that it asks for."""
    keras.backend.clear_session()
    keras.backend.set_image_data_format("channels_last")
    keras.backend.set_floatx("float32")
    keras.mixed_precision.set_global_policy("float32")
    keras.utils.set_random_seed(1)
    names = {"__name__": "__main__"}
    # TensorFlow rewrites functions from their source, and would look for it in this file otherwise.
    linecache.cache["program.py"] = (len(code), None, code.splitlines(keepends=True), "program.py")
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        try:
            exec(compile(code, "program.py", "exec"), names)
            error, line = None, None
        except BaseException as problem:
            frames = [
                frame
                for frame in traceback.extract_tb(problem.__traceback__)
                if frame.filename == "program.py"
            ]
            error = f"{type(problem).__name__}: {ANSI.sub('', str(problem))[:5000]}"
            line = frames[0].lineno if frames else None
    said = sorted({str(warning.message)[:200] for warning in caught})
    printed = {name: table_of(names[name]) for name in tables if name in names}
    return {"error": error, "line": line, "warnings": said, "tables": printed}


def main():
    """Answers questions until standard input ends."""
    out = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    if sys.argv[2] == "2":
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tensorflow as tf
    from tensorflow import keras

    tf.config.threading.set_intra_op_parallelism_threads(1)
    version = getattr(keras, "__version__", None) or __import__("tf_keras").__version__
    out.write(json.dumps({"keras": version}) + "\n")
    out.flush()
    for line in sys.stdin:
        question = json.loads(line)
        out.write(json.dumps(run(keras, question["code"], question["tables"])) + "\n")
        out.flush()


main()
