"""PyTorch on the CPU: the networks of weft on the same data, with the same batch size and optimizer.

    python3 bench/libraries/pytorch.py accuracy --model cnn --seeds 1 2 3
    python3 bench/libraries/pytorch.py train --model cnn --threads 2 --weights FILE --order FILE
    python3 bench/libraries/pytorch.py infer --model cnn --threads 2 --weights FILE --order FILE --batch-size 256

`accuracy` trains on 48,000 images once for each seed, tests, and prints a JSON object.

`train` and `infer` are servers (see protocol.py). They start from the weights of weft (a safetensors file) and go
through the training images or the test images in the order of weft (a file of int32 positions), batch by batch and
from the start again. They answer

    start              {version, threads, forms}
    run form batches   {seconds, images, loss}: runs the next `batches` batches; the mean loss for `train`
    logits form        {values}: the logits of the first batch, without dropout, row by row

A form is a way to run the network: a layout of images in memory, `contiguous` or `channels_last`, and what follows it.
`_fused` is Adam in one kernel, `_compiled` a network after `torch.compile`, and `_frozen` a graph after
`torch.jit.optimize_for_inference`. `forms` are those that this version of PyTorch can run on this machine. Each has a
network of its own.

Timed for `train`: gathering a batch of floats, forward, backward, Adam, and a new order when an epoch ends. Timed for
`infer`: gathering a batch of bytes, scaling it to floats, forward, argmax.
"""

import argparse
import gzip
import itertools
import json
import pathlib
import time

import numpy
import torch

import protocol
from pytorch_cnn import Cnn
from pytorch_mlp import Mlp

NETWORKS = {"mlp": Mlp, "cnn": Cnn, "cnn-dropout": lambda: Cnn((0.25, 0.25, 0.4, 0.3))}
DATA = pathlib.Path(__file__).resolve().parents[2] / "data" / "fashion-mnist"
EPSILON = 1e-7
BETA2 = 0.999


def read_images(part, shape):
    """The images as bytes, and their labels."""
    with gzip.open(DATA / f"{part}-images-idx3-ubyte.gz") as file:
        images = numpy.frombuffer(bytearray(file.read()), numpy.uint8, offset=16).reshape(-1, *shape)
    with gzip.open(DATA / f"{part}-labels-idx1-ubyte.gz") as file:
        labels = numpy.frombuffer(file.read(), numpy.uint8, offset=8).astype(numpy.int64)
    return torch.from_numpy(images), torch.from_numpy(labels)


def scaled(images):
    return images.to(torch.float32) / 255


def read_safetensors(path):
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    tensors = {}
    for name, entry in json.loads(content[8:start]).items():
        if name != "__metadata__":
            begin, end = (start + offset for offset in entry["data_offsets"])
            values = numpy.frombuffer(bytearray(content[begin:end]), "<f4").reshape(entry["shape"])
            tensors[name] = torch.from_numpy(values)
    return tensors


def initialise(model):
    """Glorot uniform weights and zero biases, as in Keras."""
    for layer in model:
        if isinstance(layer, (torch.nn.Linear, torch.nn.Conv2d)):
            torch.nn.init.xavier_uniform_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
    return model


class Training:
    """Training steps with Adam, epoch after epoch. The order of the first epoch is given."""

    def __init__(self, model, images, labels, order, batch_size, fused=False, compiled=False):
        self.model = model.train()
        self.forward = torch.compile(model) if compiled else model
        self.images, self.labels = images, labels
        self.batch_size = batch_size
        self.first = order[:batch_size]
        options = {"fused": True} if fused else {}
        self.optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, BETA2), eps=EPSILON, **options)
        self.steps = 0
        self.batches = self.endless_batches(order)

    def endless_batches(self, order):
        while True:
            yield from order.split(self.batch_size)
            order = order[torch.randperm(len(order))]

    def run(self, count):
        start = time.perf_counter()
        total = examples = 0
        for batch in itertools.islice(self.batches, count):
            self.steps += 1
            # Keras adds ε to √v before the bias correction of v, PyTorch after it
            self.optimizer.param_groups[0]["eps"] = EPSILON / (1 - BETA2**self.steps) ** 0.5
            self.optimizer.zero_grad(set_to_none=True)
            loss = torch.nn.functional.cross_entropy(self.forward(self.images[batch]), self.labels[batch])
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(batch)
            examples += len(batch)
        return {"seconds": time.perf_counter() - start, "images": examples, "loss": total / examples}

    def logits(self):
        self.model.eval()
        with torch.no_grad():
            logits = self.model(self.images[self.first])
        self.model.train()
        return logits.flatten().tolist()


class Inference:
    """Classifies one batch after another, from bytes to class indices."""

    def __init__(self, model, images, order, batch_size, frozen=False, compiled=False):
        self.images = images
        self.order = order.split(batch_size)
        self.batches = itertools.cycle(self.order)
        self.model = model.eval()
        if frozen:
            with torch.no_grad():
                traced = torch.jit.trace(self.model, scaled(images[self.order[0]]))
                self.model = torch.jit.optimize_for_inference(torch.jit.freeze(traced))
        if compiled:
            self.model = torch.compile(self.model)

    @torch.no_grad()
    def run(self, count):
        start = time.perf_counter()
        examples = 0
        for batch in itertools.islice(self.batches, count):
            examples += len(self.model(scaled(self.images[batch])).argmax(1).numpy())
        return {"seconds": time.perf_counter() - start, "images": examples}

    @torch.no_grad()
    def logits(self):
        return self.model(scaled(self.images[self.order[0]])).flatten().tolist()


def accuracy(args):
    shape = NETWORKS[args.model]().image_shape
    bytes_, labels = read_images("train", shape)
    images = scaled(bytes_)
    test_images, test_labels = read_images("t10k", shape)
    count = min(args.limit or len(images), len(images))
    count -= count // 5  # the last fifth is kept for validation
    results = []
    for seed in args.seeds:
        torch.manual_seed(seed)
        model = initialise(NETWORKS[args.model]()).to(memory_format=torch.channels_last)
        training = Training(model, images, labels, torch.randperm(count), args.batch_size)
        training.run(args.epochs * -(-count // args.batch_size))
        model.eval()
        with torch.no_grad():
            batches = zip(test_images.split(500), test_labels.split(500))
            correct = sum((model(scaled(x)).argmax(1) == y).sum().item() for x, y in batches)
        results.append({"seed": seed, "accuracy": correct / len(test_labels)})
    print(json.dumps({"version": torch.__version__, "results": results}))


def serve(args):
    weights = read_safetensors(args.weights)
    order = torch.from_numpy(numpy.fromfile(args.order, "<i4").astype(numpy.int64))
    images, labels = read_images("train" if args.task == "train" else "t10k", NETWORKS[args.model]().image_shape)
    floats = scaled(images) if args.task == "train" else None

    def make(form):
        words = form.split("_")
        layout = torch.channels_last if words[0] == "channels" else torch.contiguous_format
        model = NETWORKS[args.model]()
        model.load(weights)
        model.to(memory_format=layout)
        compiled = "compiled" in words
        if args.task == "train":
            fused = "fused" in words
            return Training(model, floats, labels, order, args.batch_size, fused, compiled)
        return Inference(model, images, order, args.batch_size, "frozen" in words, compiled)

    def usable(form):
        """Whether a batch goes through. What is compiled here is kept for the network that will be timed."""
        try:
            make(form).run(1)
            return True
        except Exception as error:  # noqa: BLE001: older versions, or no compiler on this machine
            print(f"{form}: {type(error).__name__}: {str(error).splitlines()[0]}")
            return False

    def usable_forms():
        layouts = ["contiguous"] if args.model == "mlp" else ["contiguous", "channels_last"]
        ways = ["", "_fused", "_fused_compiled"] if args.task == "train" else ["", "_frozen", "_compiled"]
        if not hasattr(torch, "compile"):
            ways = ways[:2]
        forms = [layout + way for layout in layouts for way in ways]
        return [form for form in forms if form in layouts or usable(form)]

    made = {}

    def network(form):
        if form not in made:
            torch.manual_seed(1)
            made[form] = make(form)
        return made[form]

    protocol.serve(
        {
            "start": lambda _: {
                "version": f"PyTorch {torch.__version__}",
                "threads": args.threads,
                "forms": usable_forms(),
            },
            "run": lambda question: network(question["form"]).run(question["batches"]),
            "logits": lambda question: {"values": network(question["form"]).logits()},
        }
    )


parser = argparse.ArgumentParser()
parser.add_argument("task", choices=["accuracy", "train", "infer"])
parser.add_argument("--model", choices=sorted(NETWORKS), required=True)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--limit", type=int, help="use only the first LIMIT training images")
parser.add_argument("--weights", type=pathlib.Path)
parser.add_argument("--order", type=pathlib.Path)
args = parser.parse_args()
torch.set_num_threads(args.threads)
if args.task == "accuracy":
    accuracy(args)
else:
    serve(args)
