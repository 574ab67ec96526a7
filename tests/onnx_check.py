"""Holds exported ONNX models against the onnx package's checker, and their results against recorded ones.

    python3 tests/onnx_check.py FOLDER

FOLDER holds NAME.onnx beside NAME.json ({"observations", "outputs", "actions"}, rows of numbers), as the test OnnxCheckerTests
makes them. Says "skipped" where the package onnx is not installed.
"""

import json
import pathlib
import sys

try:
    import numpy as np
    import onnx
    from onnx import checker, helper, numpy_helper, shape_inference
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(0)


def gemm(a, b, c=None, transB=0):
    y = a @ (b.T if transB else b)
    return y if c is None else y + c


def take(x, starts, ends, axes=None):
    axes = range(len(starts)) if axes is None else axes
    cut = [slice(None)] * x.ndim
    for start, end, axis in zip(starts, ends, axes):
        cut[axis] = slice(start, end)
    return x[tuple(cut)]


OPERATORS = {
    "Abs": np.abs,
    "Add": np.add,
    "ArgMax": lambda x, axis, keepdims: np.argmax(x, axis=axis).reshape([-1, 1]),
    "Cast": lambda x, to: x.astype(helper.mapping.TENSOR_TYPE_TO_NP_TYPE[to]),
    "Clip": np.clip,
    "Concat": lambda *parts, axis: np.concatenate(parts, axis),
    "Div": np.divide,
    "Exp": np.exp,
    "Expand": lambda x, shape: np.broadcast_to(x, shape),
    "Gemm": gemm,
    "Greater": np.greater,
    "Identity": lambda x: x,
    "Less": np.less,
    "Max": np.maximum,
    "Min": np.minimum,
    "Mul": np.multiply,
    "Neg": np.negative,
    "Not": np.logical_not,
    "Relu": lambda x: np.maximum(x, 0),
    "Shape": lambda x: np.array(x.shape, dtype=np.int64),
    "Slice": take,
    "Softplus": lambda x: np.logaddexp(x, np.zeros_like(x)),
    "Sub": np.subtract,
    "Tanh": np.tanh,
    "Where": np.where,
}


def run(model, observations):
    """The outputs of a model, each number in the precision of the graph."""
    graph = model.graph
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    element = graph.input[0].type.tensor_type.elem_type
    known[graph.input[0].name] = observations.astype(helper.mapping.TENSOR_TYPE_TO_NP_TYPE[element])
    for node in graph.node:
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        known[node.output[0]] = OPERATORS[node.op_type](*[known[name] for name in node.input], **attributes)
    return {output.name: known[output.name] for output in graph.output}


def check(path):
    """The largest relative difference of the outputs and of the actions, after the checker has passed the model."""
    model = onnx.load(str(path))
    checker.check_model(model, full_check=True)
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    assert len(inferred.graph.output) == len(model.graph.output)
    recorded = json.loads(path.with_suffix(".json").read_text())
    results = run(model, np.array(recorded["observations"]))

    def difference(name, expected):
        expected = np.array(expected)
        assert results[name].shape == expected.shape, (name, results[name].shape, expected.shape)
        return float(np.max(np.abs(results[name] - expected) / (1 + np.abs(expected))))

    return difference("outputs", recorded["outputs"]), difference("action", recorded["actions"])


def main():
    models = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
    failed = 0
    for path in models:
        # float32 rounds sums of at most 64 terms, and float64 those of the same; actions also divide and iterate.
        tolerance = 1e-12 if path.stem.endswith("float64") else 1e-5
        outputs, actions = check(path)
        good = outputs <= tolerance and actions <= 100 * tolerance
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'}  {path.stem:36}  outputs {outputs:.1e}  actions {actions:.1e}")
    print(f"{len(models) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not models else 0)


main()
