import torch
import torch.nn as nn
import torch.nn.functional as F


class MLP(nn.Module):
    def __init__(self, in_features, hidden, classes):
        super().__init__()
        sizes = [in_features] + list(hidden) + [classes]
        for s in sizes:
            if s < 1:
                raise ValueError("bad size")
        self.layers = nn.ModuleList([nn.Linear(sizes[i], sizes[i + 1]) for i in range(len(sizes) - 1)])

    def forward(self, x):
        x = x.view(x.size(0), -1) if x.is_contiguous() else x.reshape(x.size(0), -1)
        for i in range(len(self.layers)):
            x = self.layers[i](x)
        return x


class CNN(nn.Module):
    def __init__(self, in_channels, channels, classes, in_size):
        super().__init__()
        if type(in_size) is int:
            in_size = (in_size, in_size)
        if len(channels) == 0:
            raise ValueError("a CNN needs at least one block")
        h, w = in_size
        blocks = []
        c = in_channels
        for n in channels:
            if c < 1 or n < 1:
                raise ValueError("channels must be positive")
            blocks.append(nn.Conv2d(c, n, 3, padding=1))
            c = n
            h, w = h // 2, w // 2
        if h < 1 or w < 1 or classes < 1:
            raise ValueError("image too small")
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Linear(c * h * w, classes)

    def forward(self, x):
        for conv in self.blocks:
            x = F.max_pool2d(F.relu(conv(x)), kernel_size=2)
        x = torch.flatten(x, 1)
        return self.head(x)


def permute_pixels(x, permutation):
    n = x[0, 0].numel()
    if permutation.numel() != n or set(permutation.tolist()) != set(range(n)):
        raise ValueError("not a permutation")
    flat = x.reshape(x.shape[0], x.shape[1], n)
    return flat[..., permutation].reshape(x.shape)


def two(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def mlp_from_conv(weight, bias, in_size, stride=1, padding=0):
    K, C, kh, kw = weight.shape
    H, W = two(in_size)
    sh, sw = two(stride)
    ph, pw = two(padding)
    if sh < 1 or sw < 1 or ph < 0 or pw < 0:
        raise ValueError("stride or padding")
    oh = (H + 2 * ph - kh) // sh + 1
    ow = (W + 2 * pw - kw) // sw + 1
    if kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("kernel too large")
    if bias is not None and len(bias) != K:
        raise ValueError("bias")
    M = torch.zeros(K, oh, ow, C, H, W, dtype=weight.dtype)
    for i in range(oh):
        for j in range(ow):
            for u in range(kh):
                for v in range(kw):
                    r = i * sh + u - ph
                    q = j * sw + v - pw
                    if 0 <= r < H and 0 <= q < W:
                        M[:, i, j, :, r, q] = weight[:, :, u, v]
    layer = nn.Linear(C * H * W, K * oh * ow, bias=bias is not None)
    layer.weight = nn.Parameter(M.reshape(K * oh * ow, C * H * W))
    if bias is not None:
        layer.bias = nn.Parameter(torch.cat([b.repeat(oh * ow) for b in bias]))
    return layer


def train(model, x, y, *, epochs, batch_size, lr, seed):
    if len(x) != len(y) or len(x) < 1 or batch_size < 1 or epochs < 0 or lr < 0:
        raise ValueError("train: bad arguments")
    g = torch.Generator()
    g.manual_seed(seed)
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for epoch in range(epochs):
        model.train()
        perm = torch.arange(len(x))
        running = 0.0
        for i in range(0, len(x), batch_size):
            idx = perm[i : i + batch_size]
            opt.zero_grad()
            loss = F.cross_entropy(model(x[idx]), y[idx])
            loss.backward()
            opt.step()
            running += loss.item() * idx.numel()
        history.append(running / len(x))
    return history


def accuracy(model, x, y):
    if len(x) != len(y) or not len(x):
        raise ValueError("accuracy: bad lengths")
    mode = model.training
    model.eval()
    with torch.no_grad():
        pred = model(x).argmax(dim=1)
    model.train(mode)
    return (pred == y).sum().item() / len(y)


def _move(x, dy, dx):
    out = torch.zeros_like(x)
    H, W = x.shape[2:]
    out[:, :, max(dy, 0) : H + min(dy, 0), max(dx, 0) : W + min(dx, 0)] = x[
        :, :, max(-dy, 0) : H + min(-dy, 0), max(-dx, 0) : W + min(-dx, 0)
    ]
    return out


def shift_robustness(model, x, y, max_shift):
    if not 0 <= max_shift < min(x.shape[2], x.shape[3]):
        raise ValueError("max_shift")
    result = []
    for s in range(max_shift + 1):
        accs = [accuracy(model, _move(x, dy, dx), y) for dy, dx in [(s, 0), (-s, 0), (0, s), (0, -s)]]
        result.append(sum(accs) / 4)
    return result


def compare(models, x, y, x_test, y_test, *, permutation, max_shift, epochs, batch_size, lr, seed):
    table = {}
    for name in models:
        torch.manual_seed(seed)
        a = models[name]()
        train(a, x, y, epochs=epochs, batch_size=batch_size, lr=lr, seed=seed)
        torch.manual_seed(seed)
        b = models[name]()
        train(b, permute_pixels(x, permutation), y, epochs=epochs, batch_size=batch_size, lr=lr, seed=seed)
        table[name] = dict(
            parameters=sum(p.numel() for p in a.parameters()),
            clean=accuracy(a, x_test, y_test),
            shifted=shift_robustness(a, x_test, y_test, max_shift)[-1],
            permuted=accuracy(b, permute_pixels(x_test, permutation), y_test),
        )
    return table
