import torch
import torch.nn.functional as F


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    def two(v):
        return (v, v) if isinstance(v, int) else tuple(v)

    (sh, sw), (ph, pw), (dh, dw) = two(stride), two(padding), two(dilation)
    n, c, h, w = x.shape
    k, cg, kh, kw = weight.shape
    oh = (h + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    ow = (w + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    if oh < 1 or ow < 1 or c % groups or k % groups or cg * groups != c:
        raise ValueError("impossible")
    x = F.pad(x, (pw, pw, ph, ph))
    y = []
    for f in range(k):
        g = f // (k // groups)
        acc = torch.zeros(n, oh, ow, dtype=x.dtype, device=x.device)
        for ch in range(cg):
            for u in range(kh):
                for v in range(kw):
                    acc += weight[f, ch, u, v] * x[:, g * cg + ch, u * dh:u * dh + sh * (oh - 1) + 1:sh, v * dw:v * dw + sw * (ow - 1) + 1:sw]
        y.append(acc if bias is None else acc + bias[f])
    return torch.stack(y, dim=1)
