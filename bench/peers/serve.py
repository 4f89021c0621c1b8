"""The child's side of the conversation with bench.mjs for peers in Python: one JSON request a line on stdin, one JSON
answer a line on stdout. A peer gives `serve` a function that loads a problem and returns (about, reset, steps)."""
import json
import os
import sys
import time

import numpy as np


def flat_layers(layers):
    """All layers, those inside residual blocks too."""
    for layer in layers:
        yield layer
        if layer["kind"] == "residual":
            yield from flat_layers(layer["body"])
            yield from flat_layers(layer["shortcut"])


def cross_entropy_of(scores, labels):
    """The mean loss of scores [N, K]: how inference is compared."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    own = shifted[np.arange(len(labels)), labels]
    return float((np.log(np.exp(shifted).sum(axis=1)) - own).mean())


def peak_memory():
    """The most memory this process has held, in bytes; None where the system does not tell."""
    try:
        with open("/proc/self/status") as status:
            return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return None


def read_problem(path):
    with open(path) as file:
        problem = json.load(file)

    def read(name, dtype):
        return np.fromfile(os.path.join(problem["folder"], name), dtype)

    problem["images"] = read("images.f32", np.float32).reshape([-1, *problem["input"]])
    problem["labels"] = read("labels.i32", np.int32)
    values = read("parameters.f32", np.float32)
    ends = np.cumsum([int(np.prod(shape)) for shape in problem["shapes"]])
    problem["parameters"] = [part.reshape(shape) for part, shape in zip(np.split(values, ends), problem["shapes"])]
    size = problem["batchSize"]
    problem["data"] = [
        (problem["images"][at : at + size], problem["labels"][at : at + size])
        for at in range(0, size * problem["batches"], size)
    ]
    return problem


def loaded_blas():
    """Which BLAS this process has: Debian's default, the reference BLAS, is many times slower than OpenBLAS."""
    try:
        with open("/proc/self/maps") as maps:
            paths = {line.split()[-1] for line in maps if ".so" in line}
    except OSError:
        return "BLAS unknown"
    names = [os.path.basename(os.path.realpath(path)) for path in paths]
    for fast, title in (("openblas", "OpenBLAS"), ("mkl_", "MKL"), ("blis", "BLIS"), ("atlas", "ATLAS")):
        if any(fast in name for name in names):
            return title
    return "the slow reference BLAS" if any(name.startswith("libblas.so") for name in names) else "BLAS unknown"


def serve(load):
    """load(problem) -> (about, reset, steps), with the meanings of serve.mjs."""
    channel, sys.stdout = sys.stdout, sys.stderr
    about = reset = steps = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["type"] == "load":
                about, reset, steps = load(read_problem(request["problem"]))
                reply = {"about": about}
            elif request["type"] == "losses":
                reset()
                reply = {"losses": [steps(1) for _ in range(request["count"])]}
            elif request["type"] == "memory":
                reply = {"bytes": peak_memory()}
            else:
                reset()
                if request["warm"]:
                    steps(1)
                processor, start = time.process_time(), time.perf_counter()
                loss = steps(request["count"])
                reply = {
                    "milliseconds": (time.perf_counter() - start) * 1000,
                    "processorMilliseconds": (time.process_time() - processor) * 1000,
                    "loss": loss,
                }
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        channel.write(json.dumps(reply) + "\n")
        channel.flush()
