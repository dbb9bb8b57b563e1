"""The notebook's convolutional network in PyTorch, without or with dropout."""

import torch


class Cnn(torch.nn.Sequential):
    image_shape = (1, 28, 28)

    def __init__(self, rates=(0, 0, 0, 0)):
        def dropout(rate):
            return [torch.nn.Dropout(rate)] if rate > 0 else []

        layers = []
        channels = 1
        for filters, rate in zip([32, 64, 128], rates):
            layers += [
                torch.nn.Conv2d(channels, filters, 3, padding=1),
                torch.nn.ReLU(),
                torch.nn.MaxPool2d(2, ceil_mode=True),  # 'same': 7×7 becomes 4×4
                *dropout(rate),
            ]
            channels = filters
        super().__init__(
            *layers,
            torch.nn.Flatten(),
            torch.nn.Linear(4 * 4 * 128, 128),
            torch.nn.ReLU(),
            *dropout(rates[3]),
            torch.nn.Linear(128, 10),
        )

    @torch.no_grad()
    def load(self, weights):
        """
        Copies the weights of weft, by name. Filters are [height, width, in, out] in weft and [out, in, height, width]
        in PyTorch. weft flattens images as [height, width, channels], PyTorch as [channels, height, width], so the
        rows of the first dense kernel are reordered.
        """
        convolutions = [layer for layer in self if isinstance(layer, torch.nn.Conv2d)]
        for index, convolution in enumerate(convolutions, start=1):
            convolution.weight.copy_(weights[f"conv2d_{index}/kernel"].permute(3, 2, 0, 1))
            convolution.bias.copy_(weights[f"conv2d_{index}/bias"])
        first, second = [layer for layer in self if isinstance(layer, torch.nn.Linear)]
        rows = weights["dense_1/kernel"].reshape(4, 4, 128, 128)
        first.weight.copy_(rows.permute(2, 0, 1, 3).reshape(2048, 128).T)
        first.bias.copy_(weights["dense_1/bias"])
        second.weight.copy_(weights["dense_2/kernel"].T)
        second.bias.copy_(weights["dense_2/bias"])
