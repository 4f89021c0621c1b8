"""PyTorch on one thread, eager: what most people would write."""
import torch
from torch import nn

from serve import loaded_blas, serve

torch.set_num_threads(1)


def module(layer):
    kind = layer["kind"]
    if kind == "linear":
        return nn.Linear(layer["in"], layer["out"])
    if kind == "conv":
        return nn.Conv2d(layer["in"], layer["out"], layer["size"], padding=layer["padding"])
    if kind == "pool":
        return nn.MaxPool2d(layer["size"])
    return {"relu": nn.ReLU, "flatten": nn.Flatten}[kind]() if kind != "dropout" else nn.Dropout(layer["rate"])


def load(problem):
    model = nn.Sequential(*[module(layer) for layer in problem["layers"]])
    criterion = nn.CrossEntropyLoss()
    data = [(torch.from_numpy(x), torch.from_numpy(labels).long()) for x, labels in problem["data"]]
    state = {}

    def reset():
        with torch.no_grad():
            for parameter, values in zip(model.parameters(), problem["parameters"]):
                parameter.copy_(torch.from_numpy(values))
        betas = (problem["beta1"], problem["beta2"])
        state["optimizer"] = torch.optim.Adam(model.parameters(), problem["lr"], betas, problem["eps"])
        state["step"] = 0

    def steps(count):
        optimizer = state["optimizer"]
        for _ in range(count):
            x, labels = data[state["step"] % len(data)]
            state["step"] += 1
            optimizer.zero_grad()
            loss = criterion(model(x), labels)
            loss.backward()
            optimizer.step()
        return loss.item()

    threads = torch.get_num_threads()
    about = {"library": f"PyTorch {torch.__version__}", "threads": threads, "note": f"eager, {loaded_blas()}"}
    return about, reset, steps


serve(load)
