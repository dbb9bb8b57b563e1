"""PyTorch on a GPU: float32 products, and training steps of the networks of weft, all data on the device.

    python3 bench/libraries/pytorch_gpu.py --sizes 256 512 --batch-sizes 64 512 --blocks 5 --seconds 1

prints a JSON object: {version, card, products, steps}. A product is `a @ b` of squares that are on the device. A step
gathers a batch of floats on the device, then forward, backward, Adam. A step has three forms: `eager` is Adam as
`torch.optim.Adam` has it by default; `fused` has Adam as one kernel; `graph` is `fused`, captured once as a CUDA graph
and replayed. A convolutional network is timed in both layouts of images; the caller takes the faster.

float32 means float32: TF32, which rounds the factors of a product to 10 bits, is off. cuDNN may choose its
convolutions by measuring.
"""

import argparse
import json
import statistics
import time

import torch

from pytorch_cnn import Cnn
from pytorch_mlp import Mlp

NETWORKS = {"mlp": (Mlp, ["contiguous"]), "cnn": (Cnn, ["contiguous", "channels_last"])}
FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
IMAGES = 60_000


def finish(device):
    if device == "cuda":
        torch.cuda.synchronize()


def timed(device, run, count):
    finish(device)
    start = time.perf_counter()
    run(count)
    finish(device)
    return time.perf_counter() - start


def blocks(device, run, args):
    """Seconds of one repetition, in blocks that last about as long as is asked for."""
    timed(device, run, 3)
    count = 1
    while (seconds := timed(device, run, count)) < args.seconds / 4:
        count *= 4
    count = max(1, round(args.seconds * count / seconds))
    return [timed(device, run, count) / count for _ in range(args.blocks)]


def product(device, size, args):
    a, b = (torch.rand(size, size, device=device) - 0.5 for _ in range(2))
    c = torch.empty(size, size, device=device)

    def run(count):
        for _ in range(count):
            torch.matmul(a, b, out=c)

    seconds = statistics.median(blocks(device, run, args))
    return {"size": size, "gflops": 2 * size**3 / seconds / 1e9}


FORMS = {"eager": {}, "fused": {"fused": True}, "graph": {"fused": True, "capturable": True}}


def capture(step):
    """The step as a CUDA graph, after some steps on a stream of their own, as PyTorch's documentation asks for."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph


def step_speeds(device, model, layout, batch_size, form, args):
    """Images per second, block by block."""
    network = model().to(device, memory_format=FORMATS[layout])
    images = torch.rand(IMAGES, *model.image_shape, device=device)
    if len(model.image_shape) == 3:
        images = images.to(memory_format=FORMATS[layout])
    labels = torch.randint(0, 10, (IMAGES,), device=device)
    optimizer = torch.optim.Adam(network.parameters(), eps=1e-7, **FORMS[form])
    batches = list(torch.randperm(IMAGES, device=device).split(batch_size))[: IMAGES // batch_size]
    steps = 0

    def step_on(batch):
        optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(network(images[batch]), labels[batch]).backward()
        optimizer.step()

    if form == "graph":
        captured_batch = batches[0].clone()
        graph = capture(lambda: step_on(captured_batch))

    def run(count):
        nonlocal steps
        for _ in range(count):
            batch = batches[steps % len(batches)]
            steps += 1
            if form == "graph":
                captured_batch.copy_(batch)
                graph.replay()
            else:
                step_on(batch)

    return [batch_size / seconds for seconds in blocks(device, run, args)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512, 1024, 2048, 4096])
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[64, 512])
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1, help="about how long a block lasts")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda", help="cpu: to try this script")
    args = parser.parse_args()
    device = args.device
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    steps = [
        {
            "model": name,
            "batchSize": batch_size,
            "form": form,
            "layouts": {layout: step_speeds(device, model, layout, batch_size, form, args) for layout in layouts},
        }
        for name, (model, layouts) in NETWORKS.items()
        for batch_size in args.batch_sizes
        for form in FORMS
        if device == "cuda" or form == "eager"
    ]
    products = [product(device, size, args) for size in args.sizes]
    print(
        json.dumps(
            {
                "version": f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}",
                "card": torch.cuda.get_device_name() if device == "cuda" else device,
                "products": products,
                "steps": steps,
            }
        )
    )


main()
