"""PyTorch. Arguments: "eager", what most people would write, or "compiled", forward and loss and so their gradients through
torch.compile; threads. Adam is its fused one where it has that."""
import re
import sys

import torch
from torch import nn

from serve import cross_entropy_of, loaded_blas, serve

how, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)


def blas():
    """Its own, where it was built with one that is not a library of the system."""
    own = re.search(r"BLAS_INFO=(mkl|open|accelerate)", torch.__config__.show())
    return {"mkl": "MKL", "open": "OpenBLAS", "accelerate": "Accelerate"}[own[1]] if own else loaded_blas()


class Residual(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.body = sequence(layer["body"])
        self.shortcut = sequence(layer["shortcut"])

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def module(layer, images):
    kind = layer["kind"]
    if kind == "linear":
        return [nn.Linear(layer["in"], layer["out"])]
    if kind == "conv":
        options = {name: layer[name] for name in ("padding", "stride", "groups", "bias") if name in layer}
        return [nn.Conv2d(layer["in"], layer["out"], layer["size"], **options)]
    if kind == "batch-norm":
        return [(nn.BatchNorm2d if images else nn.BatchNorm1d)(layer["features"])]
    if kind == "residual":
        return [Residual(layer)]
    if kind == "pool":
        return [nn.MaxPool2d(layer["size"], layer.get("stride"))]
    if kind == "global-pool":
        return [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return [{"relu": nn.ReLU, "flatten": nn.Flatten}[kind]() if kind != "dropout" else nn.Dropout(layer["rate"])]


def sequence(layers, images=True):
    return nn.Sequential(*[part for layer in layers for part in module(layer, images)])


def adam(parameters, problem):
    options = {"lr": problem["lr"], "betas": (problem["beta1"], problem["beta2"]), "eps": problem["eps"]}
    try:
        return torch.optim.Adam(parameters, fused=True, **options)
    except (RuntimeError, TypeError):
        return torch.optim.Adam(parameters, **options)


def compiled(function):
    torch._dynamo.reset()
    return torch.compile(function, dynamic=False)


def load(problem):
    model = sequence(problem["layers"], len(problem["input"]) == 3)
    first_buffers = [buffer.clone() for buffer in model.buffers()]
    data = [(torch.from_numpy(x), torch.from_numpy(labels).long()) for x, labels in problem["data"]]
    criterion = nn.CrossEntropyLoss()
    state = {"step": 0}
    inference = problem["mode"] == "infer"

    def fill():
        with torch.no_grad():
            for parameter, values in zip(model.parameters(), problem["parameters"]):
                parameter.copy_(torch.from_numpy(values))
            for buffer, values in zip(model.buffers(), first_buffers):
                buffer.copy_(values)

    def objective(x, labels):
        return criterion(model(x), labels)

    if inference:
        fill()
        model.eval()
        run = model
        if how == "compiled":
            torch._inductor.config.freezing = True
            run = compiled(model)
    else:
        run = compiled(objective) if how == "compiled" else objective

    def reset():
        state["step"] = 0
        if inference:
            return
        fill()
        state["optimizer"] = adam(list(model.parameters()), problem)

    def next_batch():
        state["step"] += 1
        return data[(state["step"] - 1) % len(data)]

    def infer(count):
        with torch.no_grad():
            for _ in range(count):
                x, labels = next_batch()
                scores = run(x)
        return cross_entropy_of(scores.numpy(), labels.numpy())

    def train(count):
        optimizer = state["optimizer"]
        for _ in range(count):
            optimizer.zero_grad()
            loss = run(*next_batch())
            loss.backward()
            optimizer.step()
        return loss.item()

    about = {
        "library": f"PyTorch {torch.__version__}",
        "threads": torch.get_num_threads(),
        "note": f"{how}, {blas()}, oneDNN {'on' if torch.backends.mkldnn.is_available() else 'off'}",
    }
    return about, reset, infer if inference else train


serve(load)
