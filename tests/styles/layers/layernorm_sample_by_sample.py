"""Layer norm sample by sample, and number by number."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    out, kept = np.empty_like(x), []
    for n, row in enumerate(x):
        std = (np.mean((row - row.mean()) ** 2) + ln_param.get("eps", 1e-5)) ** 0.5
        kept.append((row - row.mean(), std))
        out[n] = [g * (v - row.mean()) / std + b for v, g, b in zip(row, gamma, beta)]
    return out, (kept, gamma)


def layernorm_backward(dout, cache):
    kept, gamma = cache
    dx, dgamma, dbeta = [], 0.0, 0.0
    for d, (centred, std) in zip(dout, kept):
        dgamma, dbeta = dgamma + d * centred / std, dbeta + d
        dh = d * gamma
        dvar = -0.5 * np.sum(dh * centred) / std**3
        dcentred = dh / std + 2 * dvar * centred / len(d)
        dx.append(dcentred - dcentred.mean())
    return np.stack(dx), dgamma, dbeta
