"""JAX on the CPU: forward, loss, backward and Adam in one jitted function whose state is updated in place (donated). Images
are [N, H, W, C] and filters [H, W, in, out], which XLA's CPU convolution is written for. Argument: threads, which bench.mjs
also enforces through the cores this process may use."""
import sys

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from serve import cross_entropy_of, flat_layers, serve

threads = int(sys.argv[1])
EPS = 1e-5
MOMENTUM = 0.1


def conv(layer, x, parameters, _):
    padding = layer["padding"]
    x = lax.conv_general_dilated(
        x,
        next(parameters),
        (layer.get("stride", 1),) * 2,
        [(padding, padding)] * 2,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=layer.get("groups", 1),
    )
    return x + next(parameters) if layer.get("bias", True) else x


def linear(layer, x, parameters, _):
    weight = next(parameters)
    return x @ weight.T + next(parameters)


def batch_norm(layer, x, parameters, context):
    axes = tuple(range(x.ndim - 1))
    scale, shift = next(parameters), next(parameters)
    mean, variance = next(context["buffers"])
    if context["training"]:
        running = mean, variance
        mean, variance = x.mean(axes), x.var(axes)
        count = x.size // x.shape[-1]
        now = mean, variance * count / (count - 1)
        context["moved"].append(tuple((1 - MOMENTUM) * old + MOMENTUM * new for old, new in zip(running, now)))
    return (x - mean) * (scale * lax.rsqrt(variance + EPS)) + shift


def pool(layer, x, parameters, _):
    size, stride = layer["size"], layer.get("stride") or layer["size"]
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, size, size, 1), (1, stride, stride, 1), "VALID")


def flatten(layer, x, parameters, _):
    return (x.transpose(0, 3, 1, 2) if x.ndim == 4 else x).reshape(len(x), -1)


def dropout(layer, x, parameters, context):
    if not context["training"]:
        return x
    context["key"], key = jax.random.split(context["key"])
    kept = jax.random.bernoulli(key, 1 - layer["rate"], x.shape)
    return jnp.where(kept, x / (1 - layer["rate"]), 0)


def residual(layer, x, parameters, context):
    body = forward(layer["body"], x, parameters, context)
    return body + forward(layer["shortcut"], x, parameters, context)


KINDS = {
    "conv": conv,
    "linear": linear,
    "batch-norm": batch_norm,
    "pool": pool,
    "flatten": flatten,
    "dropout": dropout,
    "residual": residual,
    "relu": lambda layer, x, parameters, context: jax.nn.relu(x),
    "global-pool": lambda layer, x, parameters, context: x.mean((1, 2)),
}


def forward(layers, x, parameters, context):
    for layer in layers:
        x = KINDS[layer["kind"]](layer, x, parameters, context)
    return x


def load(problem):
    layers, batches = problem["layers"], len(problem["data"])
    rate, beta1, beta2, eps = (problem[name] for name in ("lr", "beta1", "beta2", "eps"))
    data = [
        (jnp.asarray(x.transpose(0, 2, 3, 1) if x.ndim == 4 else x), jnp.asarray(labels))
        for x, labels in problem["data"]
    ]
    state = {}

    def first_parameters():
        return [jnp.array(v.transpose(2, 3, 1, 0) if v.ndim == 4 else v) for v in problem["parameters"]]

    def first_buffers():
        norms = [layer["features"] for layer in flat_layers(layers) if layer["kind"] == "batch-norm"]
        return [(jnp.zeros(features), jnp.ones(features)) for features in norms]

    def loss_of(parameters, buffers, key, x, labels):
        context = {"training": True, "buffers": iter(buffers), "moved": [], "key": key}
        scores = jax.nn.log_softmax(forward(layers, x, iter(parameters), context))
        loss = -jnp.take_along_axis(scores, labels[:, None], 1).mean()
        return loss, (context["moved"], context["key"])

    def update(carry, x, labels):
        parameters, first, second, buffers, key, time = carry
        (loss, (buffers, key)), gradients = jax.value_and_grad(loss_of, has_aux=True)(parameters, buffers, key, x, labels)
        time = time + 1
        size = rate * jnp.sqrt(1 - beta2**time) / (1 - beta1**time)
        eps_hat = eps * jnp.sqrt(1 - beta2**time)
        first = [beta1 * m + (1 - beta1) * g for m, g in zip(first, gradients)]
        second = [beta2 * v + (1 - beta2) * g * g for v, g in zip(second, gradients)]
        parameters = [p - size * m / (jnp.sqrt(v) + eps_hat) for p, m, v in zip(parameters, first, second)]
        return (parameters, first, second, buffers, key, time), loss

    train_step = jax.jit(update, donate_argnums=0)

    @jax.jit
    def scores_of(parameters, buffers, x):
        return forward(layers, x, iter(parameters), {"training": False, "buffers": iter(buffers)})

    def reset():
        state["step"] = 0
        parameters = first_parameters()
        zeros = lambda: [jnp.zeros_like(values) for values in parameters]
        state["carry"] = (parameters, zeros(), zeros(), first_buffers(), jax.random.key(1), jnp.float32(0))

    def train(count):
        for _ in range(count):
            x, labels = data[state["step"] % batches]
            state["step"] += 1
            state["carry"], loss = train_step(state["carry"], x, labels)
        jax.block_until_ready(state["carry"])
        return float(loss)

    def infer(count):
        parameters, buffers = state["carry"][0], state["carry"][3]
        for _ in range(count):
            x, labels = data[state["step"] % batches]
            state["step"] += 1
            # one after the other, as a latency is measured
            scores = jax.block_until_ready(scores_of(parameters, buffers, x))
        return cross_entropy_of(np.asarray(scores), np.asarray(labels))

    about = {"library": f"JAX {jax.__version__}", "threads": threads, "note": "whole step jitted by XLA"}
    return about, reset, infer if problem["mode"] == "infer" else train


serve(load)
