"""Writes golden.json: five steps of each optimizer on three weights, computed without weft.

Run with a Python that has NumPy and PyTorch:  python3 test/optim/golden.py > test/optim/golden.json

SGD and AdamW come from PyTorch in double precision (its velocity is ours divided by minus the learning rate,
and its decoupled decay is the same). Adam is computed here as Keras does it, with ε added to √v before any
bias correction. PyTorch adds ε after it; the large ε of the last case tells the two apart.
"""

import json

import numpy
import torch

WEIGHTS = [0.5, -1.25, 2.0]
GRADIENTS = [[0.1, -0.4, 0.03], [0.2, 0.1, -0.5], [-0.3, 0.25, 0.0], [0.05, -0.15, 0.6], [-0.2, 0.35, -0.1]]


def with_torch(make):
    weight = torch.tensor(WEIGHTS, dtype=torch.float64, requires_grad=True)
    optimizer = make([weight])
    steps = []
    for gradient in GRADIENTS:
        weight.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        steps.append(weight.detach().tolist())
    return steps


def keras_adam(alpha, beta1, beta2, epsilon):
    weight, m, v = numpy.array(WEIGHTS), numpy.zeros(3), numpy.zeros(3)
    steps = []
    for t, gradient in enumerate(numpy.array(GRADIENTS), start=1):
        m += (gradient - m) * (1 - beta1)
        v += (gradient**2 - v) * (1 - beta2)
        weight = weight - alpha * numpy.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (numpy.sqrt(v) + epsilon)
        steps.append(weight.tolist())
    return steps


# name, options, λ of the L2 penalty λ·Σw² (PyTorch's weight_decay is twice that), learning rate, steps
SGD, ADAMW = torch.optim.SGD, torch.optim.AdamW
cases = [
    ("sgd", {}, 0, 0.1, with_torch(lambda p: SGD(p, 0.1))),
    ("sgd", {"momentum": 0.9}, 0, 0.1, with_torch(lambda p: SGD(p, 0.1, momentum=0.9))),
    ("sgd", {"momentum": 0.8, "nesterov": True}, 0, 0.05, with_torch(lambda p: SGD(p, 0.05, momentum=0.8, nesterov=True))),
    (
        "sgd",
        {"momentum": 0.9},
        0.1,
        0.1,
        with_torch(lambda p: SGD(p, 0.1, momentum=0.9, weight_decay=0.2)),
    ),
    ("adam", {"epsilon": 0}, 0, 0.01, with_torch(lambda p: torch.optim.Adam(p, 0.01, eps=0))),
    (
        "adam",
        {"epsilon": 0, "weightDecay": 0.3},
        0,
        0.02,
        with_torch(lambda p: ADAMW(p, 0.02, eps=0, weight_decay=0.3)),
    ),
    (
        "adam",
        {"epsilon": 0},
        0.15,
        0.02,
        with_torch(lambda p: torch.optim.Adam(p, 0.02, eps=0, weight_decay=0.3)),
    ),
    ("adam", {"beta1": 0.8, "beta2": 0.95, "epsilon": 0.05}, 0, 0.01, keras_adam(0.01, 0.8, 0.95, 0.05)),
]
print(
    json.dumps(
        {
            "weights": WEIGHTS,
            "gradients": GRADIENTS,
            "cases": [
                {"optimizer": name, "options": options, "l2": l2, "learningRate": rate, "steps": steps}
                for name, options, l2, rate, steps in cases
            ],
        },
        indent=1,
    )
)
