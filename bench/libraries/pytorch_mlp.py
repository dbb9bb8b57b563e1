"""The MLP in PyTorch: 784-32-64-128-128-10."""

import torch


class Mlp(torch.nn.Sequential):
    image_shape = (784,)

    def __init__(self):
        sizes = [784, 32, 64, 128, 128, 10]
        layers = []
        for fan_in, fan_out in zip(sizes, sizes[1:]):
            layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
        super().__init__(*layers[:-1])

    @torch.no_grad()
    def load(self, weights):
        """Copies the weights of weft, by name. Dense kernels are [in, out] in weft and [out, in] in PyTorch."""
        for index, dense in enumerate(list(self)[::2], start=1):
            dense.weight.copy_(weights[f"dense_{index}/kernel"].T)
            dense.bias.copy_(weights[f"dense_{index}/bias"])
