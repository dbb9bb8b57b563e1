"""The MLP in NumPy, with products by OpenBLAS. Forward, backward and Adam are written by hand. A server (protocol.py).

    start    {version, threads}
    logits   {values}
    run      {seconds, images, loss}

Timed: gathering a batch (from floats in training, from bytes in inference) and the whole step.
"""

import gzip
import itertools
import json
import pathlib
import time

import numpy

from protocol import serve

DATA = pathlib.Path(__file__).resolve().parents[2] / "data" / "fashion-mnist"
RATE, BETA1, BETA2, EPSILON = 0.001, 0.9, 0.999, 1e-7


def read_idx(name, offset):
    with gzip.open(DATA / name) as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=offset)


def read_safetensors(path):
    content = pathlib.Path(path).read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    tensors = {}
    for name, entry in json.loads(content[8:start]).items():
        if name != "__metadata__":
            begin, end = (start + offset for offset in entry["data_offsets"])
            tensors[name] = numpy.frombuffer(bytearray(content[begin:end]), "<f4").reshape(entry["shape"])
    return tensors


class Mlp:
    def __init__(self, question):
        tensors = read_safetensors(question["weights"])
        count = len(tensors) // 2
        # kernel, bias, kernel, bias, …
        self.weights = [
            tensors[f"dense_{index}/{kind}"] for index in range(1, count + 1) for kind in ("kernel", "bias")
        ]
        self.means = [numpy.zeros_like(weight) for weight in self.weights]
        self.squares = [numpy.zeros_like(weight) for weight in self.weights]
        self.steps = 0
        self.training = question["task"] == "train"
        part = "train" if self.training else "t10k"
        images = read_idx(f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 784)
        self.images = images.astype(numpy.float32) / numpy.float32(255) if self.training else images
        self.labels = read_idx(f"{part}-labels-idx1-ubyte.gz", 8).astype(numpy.int64)
        order = numpy.fromfile(question["order"], "<i4")
        size = question["batchSize"]
        self.batches = [order[at : at + size] for at in range(0, len(order), size)]
        self.cycle = itertools.cycle(self.batches)

    def gather(self, batch):
        images = self.images[batch]
        return images if self.training else images.astype(numpy.float32) / numpy.float32(255)

    def forward(self, x):
        """The inputs of all layers, followed by the logits."""
        values = [x]
        for index in range(0, len(self.weights), 2):
            y = values[-1] @ self.weights[index] + self.weights[index + 1]
            values.append(numpy.maximum(y, 0) if index + 2 < len(self.weights) else y)
        return values

    def step(self, x, labels):
        values = self.forward(x)
        rows = numpy.arange(len(x))
        shifted = values[-1] - values[-1].max(1, keepdims=True)
        exponentials = numpy.exp(shifted)
        sums = exponentials.sum(1, keepdims=True)
        loss = (numpy.log(sums[:, 0]) - shifted[rows, labels]).mean()
        delta = exponentials / sums
        delta[rows, labels] -= 1
        delta /= numpy.float32(len(x))
        gradients = [None] * len(self.weights)
        for index in range(len(self.weights) - 2, -1, -2):
            inputs = values[index // 2]
            gradients[index] = inputs.T @ delta
            gradients[index + 1] = delta.sum(0)
            if index > 0:
                delta = (delta @ self.weights[index].T) * (inputs > 0)
        self.adam(gradients)
        return float(loss)

    def adam(self, gradients):
        self.steps += 1
        rate = numpy.float32(RATE * (1 - BETA2**self.steps) ** 0.5 / (1 - BETA1**self.steps))
        for weight, gradient, m, v in zip(self.weights, gradients, self.means, self.squares):
            m += numpy.float32(1 - BETA1) * (gradient - m)
            v += numpy.float32(1 - BETA2) * (gradient * gradient - v)
            weight -= rate * m / (numpy.sqrt(v) + numpy.float32(EPSILON))

    def logits(self):
        return self.forward(self.gather(self.batches[0]))[-1]

    def run(self, count):
        start = time.perf_counter()
        images = total = 0
        for batch in itertools.islice(self.cycle, count):
            x = self.gather(batch)
            if self.training:
                total += self.step(x, self.labels[batch]) * len(batch)
                images += len(batch)
            else:
                images += len(self.forward(x)[-1].argmax(1))
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "images": images, "loss": total / images if self.training else None}


network = None


def start(question):
    global network
    network = Mlp(question)
    return {"version": f"NumPy {numpy.__version__}", "threads": question["threads"]}


serve(
    {
        "start": start,
        "logits": lambda _: {"values": network.logits().flatten().tolist()},
        "run": lambda question: network.run(question["batches"]),
    }
)
