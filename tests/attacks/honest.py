"""An honest student: everything that can be right is right; `spill` asks for a secret, which nobody can know."""

import torch


def double(x):
    return 2 * x


def shaped(x):
    return x + 1


def conv(x, weight):
    _, _, height, width = weight.shape
    rows, columns = x.shape[2] - height + 1, x.shape[3] - width + 1
    answer = []
    for i in range(rows):
        row = [torch.einsum("ncuv,kcuv->nk", x[:, :, i : i + height, j : j + width], weight) for j in range(columns)]
        answer.append(torch.stack(row, -1))
    return torch.stack(answer, -2)
