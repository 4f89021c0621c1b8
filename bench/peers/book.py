"""The book's algorithm in NumPy, written anew: im2col by a loop over the filter's positions, one matrix product, col2im on
the way back, Adam parameter by parameter. In float32, which is kinder to it than the float64 that the book's code runs in."""
import numpy as np

from serve import loaded_blas, serve


def im2col(images, size, stride, padding):
    """[N, C, H, W] -> [N·OH·OW, C·size·size]"""
    count, channels, height, width = images.shape
    rows = (height + 2 * padding - size) // stride + 1
    columns = (width + 2 * padding - size) // stride + 1
    padded = np.pad(images, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    patches = np.empty((count, channels, size, size, rows, columns), images.dtype)
    for y in range(size):
        for x in range(size):
            patches[:, :, y, x] = padded[:, :, y : y + stride * rows : stride, x : x + stride * columns : stride]
    return patches.transpose(0, 4, 5, 1, 2, 3).reshape(count * rows * columns, -1)


def col2im(patches, shape, size, stride, padding):
    """The transpose of im2col: overlapping patches add up."""
    count, channels, height, width = shape
    rows = (height + 2 * padding - size) // stride + 1
    columns = (width + 2 * padding - size) // stride + 1
    patches = patches.reshape(count, rows, columns, channels, size, size).transpose(0, 3, 4, 5, 1, 2)
    padded = np.zeros((count, channels, height + 2 * padding, width + 2 * padding), patches.dtype)
    for y in range(size):
        for x in range(size):
            padded[:, :, y : y + stride * rows : stride, x : x + stride * columns : stride] += patches[:, :, y, x]
    return padded[:, :, padding : padding + height, padding : padding + width]


class Linear:
    def __init__(self, layer, weight, bias):
        self.weight, self.bias = weight, bias

    def forward(self, x):
        self.x = x
        return x @ self.weight.T + self.bias

    def backward(self, g):
        self.gradients = [g.T @ self.x, g.sum(axis=0)]
        return g @ self.weight


class Conv:
    def __init__(self, layer, weight, bias):
        self.weight, self.bias = weight, bias
        self.size, self.padding = layer["size"], layer["padding"]

    def forward(self, x):
        self.shape = x.shape
        count, _, height, width = x.shape
        rows, columns = height + 2 * self.padding - self.size + 1, width + 2 * self.padding - self.size + 1
        self.patches = im2col(x, self.size, 1, self.padding)
        out = self.patches @ self.weight.reshape(len(self.weight), -1).T + self.bias
        return out.reshape(count, rows, columns, -1).transpose(0, 3, 1, 2)

    def backward(self, g):
        g = g.transpose(0, 2, 3, 1).reshape(-1, len(self.weight))
        self.gradients = [(g.T @ self.patches).reshape(self.weight.shape), g.sum(axis=0)]
        return col2im(g @ self.weight.reshape(len(self.weight), -1), self.shape, self.size, 1, self.padding)


class BatchNorm:
    """Of vectors [N, C], by the batch's statistics."""

    def __init__(self, layer, scale, shift):
        self.scale, self.shift = scale, shift

    def forward(self, x):
        centered = x - x.mean(axis=0)
        self.deviation = np.sqrt((centered**2).mean(axis=0) + np.float32(1e-5))
        self.normal = centered / self.deviation
        return self.scale * self.normal + self.shift

    def backward(self, g):
        self.gradients = [(g * self.normal).sum(axis=0), g.sum(axis=0)]
        g = g * self.scale
        return (g - g.mean(axis=0) - self.normal * (g * self.normal).mean(axis=0)) / self.deviation


class ReLU:
    def __init__(self, layer):
        pass

    def forward(self, x):
        self.off = x <= 0
        out = x.copy()
        out[self.off] = 0
        return out

    def backward(self, g):
        g[self.off] = 0
        return g


class Pool:
    def __init__(self, layer):
        self.size = layer["size"]

    def forward(self, x):
        self.shape = x.shape
        count, channels, height, width = x.shape
        self.patches = im2col(x, self.size, self.size, 0).reshape(-1, self.size**2)
        self.winner = self.patches.argmax(axis=1)
        out = self.patches.max(axis=1)
        return out.reshape(count, height // self.size, width // self.size, channels).transpose(0, 3, 1, 2)

    def backward(self, g):
        g = g.transpose(0, 2, 3, 1)
        patches = np.zeros((g.size, self.size**2), g.dtype)
        patches[np.arange(g.size), self.winner] = g.ravel()
        return col2im(patches, self.shape, self.size, self.size, 0)


class Flatten:
    def __init__(self, layer):
        pass

    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, g):
        return g.reshape(self.shape)


class Dropout:
    def __init__(self, layer):
        self.rate = layer["rate"]
        self.random = np.random.default_rng(1)

    def forward(self, x):
        kept = self.random.random(x.shape, np.float32) >= self.rate
        self.scale = kept.astype(np.float32) / np.float32(1 - self.rate)
        return x * self.scale

    def backward(self, g):
        return g * self.scale


KINDS = {
    "linear": Linear,
    "conv": Conv,
    "batch-norm": BatchNorm,
    "relu": ReLU,
    "pool": Pool,
    "flatten": Flatten,
    "dropout": Dropout,
}


def cross_entropy(logits, labels):
    """The mean loss and its gradient."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    each = np.arange(len(labels))
    loss = -np.log(probabilities[each, labels]).mean()
    probabilities[each, labels] -= 1
    return float(loss), probabilities / np.float32(len(labels))


def load(problem):
    state = {}
    lr, beta1, beta2, eps = (problem[name] for name in ("lr", "beta1", "beta2", "eps"))

    def reset():
        state["parameters"] = [values.copy() for values in problem["parameters"]]
        state["first"] = [np.zeros_like(values) for values in state["parameters"]]
        state["second"] = [np.zeros_like(values) for values in state["parameters"]]
        state["step"] = 0
        remaining = iter(state["parameters"])
        state["layers"] = [
            KINDS[layer["kind"]](layer, next(remaining), next(remaining))
            if layer["kind"] in ("linear", "conv", "batch-norm")
            else KINDS[layer["kind"]](layer)
            for layer in problem["layers"]
        ]

    def adam(gradients):
        state["step"] += 1
        correction1, correction2 = 1 - beta1 ** state["step"], 1 - beta2 ** state["step"]
        for parameter, g, m, v in zip(state["parameters"], gradients, state["first"], state["second"]):
            m += (1 - beta1) * (g - m)
            v += (1 - beta2) * (g**2 - v)
            parameter -= lr / correction1 * m / (np.sqrt(v / correction2) + eps)

    def steps(count):
        for _ in range(count):
            x, labels = problem["data"][state["step"] % len(problem["data"])]
            for layer in state["layers"]:
                x = layer.forward(x)
            loss, g = cross_entropy(x, labels)
            for layer in reversed(state["layers"]):
                g = layer.backward(g)
            adam([g for layer in state["layers"] if hasattr(layer, "gradients") for g in layer.gradients])
        return loss

    about = {"library": f"the book's NumPy ({np.__version__})", "threads": 1, "note": f"float32, {loaded_blas()}"}
    return about, reset, steps


serve(load)
