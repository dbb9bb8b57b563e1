"""The seed's MLP in PyTorch on the CPU: the same network, data, batch size and optimizer as `npm run train`.

    python3 bench/peers/pytorch_mlp.py accuracy --seeds 1 2 3 4 5
    python3 bench/peers/pytorch_mlp.py speed --threads 1

`accuracy` trains 20 epochs on 48,000 images, tests once and prints a JSON object. `speed` is a server for
interleaved measurements: for each line that it reads it trains one epoch of 60,000 images (gather, forward,
backward and Adam, without evaluation) and answers with the seconds and the mean loss.
"""

import argparse
import gzip
import json
import pathlib
import sys
import time

import numpy
import torch

DATA = pathlib.Path(__file__).resolve().parents[2] / "data" / "fashion-mnist"
BATCH = 64


def read(part):
    with gzip.open(DATA / f"{part}-images-idx3-ubyte.gz") as file:
        images = numpy.frombuffer(file.read(), numpy.uint8, offset=16).reshape(-1, 784)
    with gzip.open(DATA / f"{part}-labels-idx1-ubyte.gz") as file:
        labels = numpy.frombuffer(file.read(), numpy.uint8, offset=8)
    return torch.from_numpy(images.astype(numpy.float32) / 255), torch.from_numpy(labels.astype(numpy.int64))


def make_model():
    sizes = [784, 32, 64, 128, 128, 10]
    layers = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        dense = torch.nn.Linear(fan_in, fan_out)
        torch.nn.init.xavier_uniform_(dense.weight)  # Glorot uniform and zero biases, as Keras initialises
        torch.nn.init.zeros_(dense.bias)
        layers += [dense, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def train_epoch(model, optimizer, images, labels):
    order = torch.randperm(len(images))
    total = 0.0
    for start in range(0, len(images), BATCH):
        batch = order[start : start + BATCH]
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(images[batch]), labels[batch])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(images)


def accuracy(seeds):
    images, labels = read("train")
    test_images, test_labels = read("t10k")
    results = []
    for seed in seeds:
        torch.manual_seed(seed)
        model = make_model()
        optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
        for _ in range(20):
            train_epoch(model, optimizer, images[:48000], labels[:48000])
        with torch.no_grad():
            correct = (model(test_images).argmax(1) == test_labels).float().mean().item()
        results.append({"seed": seed, "accuracy": round(correct, 4)})
    return {"results": results}


def speed(threads):
    torch.set_num_threads(threads)
    images, labels = read("train")
    torch.manual_seed(1)
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    print(f"PyTorch {torch.__version__}", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        loss = train_epoch(model, optimizer, images, labels)
        print(time.perf_counter() - start, loss, flush=True)


parser = argparse.ArgumentParser()
parser.add_argument("task", choices=["accuracy", "speed"])
parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
parser.add_argument("--threads", type=int, default=1)
args = parser.parse_args()
if args.task == "speed":
    speed(args.threads)
else:
    print(json.dumps({"version": torch.__version__, **accuracy(args.seeds)}))
