"""The layers, forward and backward side by side, in plain NumPy.

Every layer is a pair of functions. `*_forward(x, ...)` returns `(out, cache)`; `*_backward(dout,
cache)` takes the gradient of the loss with respect to `out` and returns the gradients with respect
to the layer's inputs. None of them changes its input arrays: the caller goes on using them. These
versions are written to be read; `fast_layers` holds those that are written to be fast, and `shapes`
the checks of arguments.

Axis letters: N images or samples, D features, M outputs, C channels, H and W height and width,
F filters, HH and WW a filter's height and width, G groups.
"""

from typing import Any

import numpy as np

from . import shapes

Array = np.ndarray
Cache = Any


# Fully connected layers


def affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    """Affine (fully connected) layer: each sample is flattened, then `out = x w + b`.

    Does not change its input arrays; changing one costs a quarter of the points.
    全连接层：每个样本先摊平成一行，再乘权重、加偏置。不要改动传进来的数组：改了扣四分之一的分。

    Parameters
    ----------
    x : ndarray, shape (N, d_1, ..., d_k)
        Samples of any shape; `D = d_1 * ... * d_k`.
    w : ndarray, shape (D, M)
        Weights.
    b : ndarray, shape (M,)
        Biases.

    Returns
    -------
    out : ndarray, shape (N, M)
    cache : tuple
        `(x, w, b)`, for `affine_backward`.

    Examples
    --------
    >>> x = np.ones((2, 3, 4))
    >>> out, cache = affine_forward(x, np.ones((12, 5)), np.zeros(5))
    >>> out.shape
    (2, 5)
    """
    shapes.check_affine("affine_forward", x, w, b)
    ### BEGIN SOLUTION
    out = x.reshape(len(x), -1) @ w + b
    ### END SOLUTION
    return out, (x, w, b)


def affine_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of the affine layer.

    Does not change its input arrays; changing one costs a quarter of the points.
    全连接层的梯度；`dx` 的形状和 `x` 一样。不要改动传进来的数组：改了扣四分之一的分。

    Parameters
    ----------
    dout : ndarray, shape (N, M)
        Gradient of the loss with respect to `out`.
    cache : tuple
        What `affine_forward` returned.

    Returns
    -------
    dx : ndarray, shape of x
    dw : ndarray, shape (D, M)
    db : ndarray, shape (M,)
    """
    shapes.check_array("affine_backward", "dout", dout, "(N, M)")
    x, w, b = cache
    ### BEGIN SOLUTION
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(len(x), -1).T @ dout
    db = dout.sum(axis=0)
    ### END SOLUTION
    return dx, dw, db


def relu_forward(x: Array) -> tuple[Array, Cache]:
    """Rectified linear unit: `out = max(x, 0)`, entry by entry.

    Does not change its input arrays; changing one costs a quarter of the points.
    逐个数取 `max(x, 0)`。不要改动传进来的数组：改了扣四分之一的分。

    Parameters
    ----------
    x : ndarray, any shape

    Returns
    -------
    out : ndarray, shape of x
    cache : ndarray
        `x`, for `relu_backward`.

    Examples
    --------
    >>> relu_forward(np.array([-1.0, 0.0, 2.0]))[0].tolist()
    [0.0, 0.0, 2.0]
    """
    shapes.check_array("relu_forward", "x", x)
    ### BEGIN SOLUTION
    out = np.maximum(x, 0)
    ### END SOLUTION
    return out, x


def relu_backward(dout: Array, cache: Cache) -> Array:
    """Gradient of the rectified linear unit: `dout` where `x > 0`, and 0 elsewhere.

    Does not change its input arrays; changing one costs a quarter of the points.
    `x > 0` 的地方 `dout` 原样传回，其余是 0。不要改动传进来的数组：改了扣四分之一的分。

    Parameters
    ----------
    dout : ndarray, shape of x
    cache : ndarray
        What `relu_forward` returned.

    Returns
    -------
    dx : ndarray, shape of x
    """
    shapes.check_array("relu_backward", "dout", dout)
    x = cache
    ### BEGIN SOLUTION
    dx = dout * (x > 0)
    ### END SOLUTION
    return dx


# Normalisation of features


def batchnorm_forward(
    x: Array, gamma: Array, beta: Array, bn_param: dict[str, Any]
) -> tuple[Array, Cache]:
    """Batch normalisation of features.

    In training, each feature is normalised by the mean and the (biased, `ddof=0`) variance of the
    minibatch, and running averages of both are kept in `bn_param`:

        running_mean = momentum * running_mean + (1 - momentum) * sample_mean
        running_var  = momentum * running_var  + (1 - momentum) * sample_var

    At test time the running averages take the place of the minibatch's statistics and do not
    change. In both, `out = gamma * (x - mean) / sqrt(var + eps) + beta`.

    Does not change its input arrays; changing one costs a quarter of the points.
    训练时用这一批的均值和方差（除以 N），并更新滑动平均；测试时只用滑动平均，不更新它。

    Parameters
    ----------
    x : ndarray, shape (N, D)
    gamma, beta : ndarray, shape (D,)
        Scale and shift.
    bn_param : dict
        `mode`: 'train' or 'test' (required); `eps`: added to the variance (default 1e-5);
        `momentum`: of the running averages (default 0.9); `running_mean`, `running_var`: shape
        (D,), start at 0 when absent; in training the dict receives the new ones.

    Returns
    -------
    out : ndarray, shape (N, D)
    cache : object
        Whatever `batchnorm_backward` and `batchnorm_backward_alt` need; in test mode they are not
        called, and it may be None.

    Raises
    ------
    ValueError
        If `mode` is neither 'train' nor 'test'.

    References
    ----------
    Ioffe and Szegedy 2015, "Batch Normalization", algorithm 1.

    Examples
    --------
    >>> x = np.array([[0.0, 10.0], [2.0, 30.0]])
    >>> out, _ = batchnorm_forward(x, np.ones(2), np.zeros(2), {"mode": "train"})
    >>> out.round(3).tolist()
    [[-1.0, -1.0], [1.0, 1.0]]
    """
    shapes.check_batchnorm("batchnorm_forward", "(N, D)", x, gamma, beta, bn_param)
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    D = x.shape[1]
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))

    # Assign out and cache; in training also running_mean and running_var, which are stored below.
    ### BEGIN SOLUTION
    if mode == "train":
        mean, var = x.mean(axis=0), x.var(axis=0)
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
    else:
        mean, var = running_mean, running_var
    std = np.sqrt(var + eps)
    x_hat = (x - mean) / std
    out = gamma * x_hat + beta
    cache = x_hat, gamma, std
    ### END SOLUTION

    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of batch normalisation, one step of the computational graph after the other.

    Does not change its input arrays; changing one costs a quarter of the points.
    批归一化的梯度，沿计算图一步一步往回走。不要改动传进来的数组：改了扣四分之一的分。

    Parameters
    ----------
    dout : ndarray, shape (N, D)
    cache : object
        What `batchnorm_forward` returned in training.

    Returns
    -------
    dx : ndarray, shape (N, D)
    dgamma, dbeta : ndarray, shape (D,)

    References
    ----------
    Ioffe and Szegedy 2015, "Batch Normalization", section 3.
    """
    shapes.check_array("batchnorm_backward", "dout", dout, "(N, D)")
    ### BEGIN SOLUTION
    x_hat, gamma, std = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    centred = x_hat * std  # x - mean
    dx_hat = dout * gamma
    dstd = -(dx_hat * centred).sum(axis=0) / std**2
    dvar = dstd / (2 * std)
    dcentred = dx_hat / std + dvar * 2 * centred / len(dout)
    dmean = -dcentred.sum(axis=0)
    dx = dcentred + dmean / len(dout)
    ### END SOLUTION
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of batch normalisation by the simplified formula: the same results in less work.

    Parameters and returns are those of `batchnorm_backward`; the gradient with respect to `x` is
    first worked out on paper and then written in one line or two.

    Does not change its input arrays; changing one costs a quarter of the points.
    用纸上化简后的公式一次算完，结果与 `batchnorm_backward` 相同。
    """
    shapes.check_array("batchnorm_backward_alt", "dout", dout, "(N, D)")
    ### BEGIN SOLUTION
    x_hat, gamma, std = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx = gamma / std * (dout - (dbeta + x_hat * dgamma) / len(dout))
    ### END SOLUTION
    return dx, dgamma, dbeta


def layernorm_forward(
    x: Array, gamma: Array, beta: Array, ln_param: dict[str, Any]
) -> tuple[Array, Cache]:
    """Layer normalisation: each sample is normalised by the mean and the (biased, `ddof=0`)
    variance of its own features, in training and at test time alike.

    Does not change its input arrays; changing one costs a quarter of the points.
    每个样本用自己各个特征的均值和方差（除以 D）归一化，训练和测试时一样。

    Parameters
    ----------
    x : ndarray, shape (N, D)
    gamma, beta : ndarray, shape (D,)
        Scale and shift.
    ln_param : dict
        `eps`: added to the variance (default 1e-5).

    Returns
    -------
    out : ndarray, shape (N, D)
        `gamma * (x - mean) / sqrt(var + eps) + beta`.
    cache : object
        Whatever `layernorm_backward` needs.

    References
    ----------
    Ba, Kiros and Hinton 2016, "Layer Normalization", section 3.
    """
    shapes.check_layernorm("layernorm_forward", x, gamma, beta, ln_param)
    eps = ln_param.get("eps", 1e-5)
    ### BEGIN SOLUTION
    std = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=1, keepdims=True)) / std
    out = gamma * x_hat + beta
    cache = x_hat, gamma, std
    ### END SOLUTION
    return out, cache


def layernorm_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of layer normalisation.

    Parameters and returns are those of `batchnorm_backward`; the cache is what `layernorm_forward`
    returned.

    Does not change its input arrays; changing one costs a quarter of the points.
    层归一化的梯度。不要改动传进来的数组：改了扣四分之一的分。
    """
    shapes.check_array("layernorm_backward", "dout", dout, "(N, D)")
    ### BEGIN SOLUTION
    x_hat, gamma, std = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    mean_dx_hat = dx_hat.mean(axis=1, keepdims=True)
    mean_product = (dx_hat * x_hat).mean(axis=1, keepdims=True)
    dx = (dx_hat - mean_dx_hat - x_hat * mean_product) / std
    ### END SOLUTION
    return dx, dgamma, dbeta


# Dropout


def dropout_forward(x: Array, dropout_param: dict[str, Any]) -> tuple[Array, Cache]:
    """Inverted dropout. In training each entry is kept with probability `p` and divided by `p`,
    so that its expected value stays the same; at test time `x` passes through unchanged.

    Does not change its input arrays; changing one costs a quarter of the points.
    训练时每个数以概率 `p` 保留并除以 `p`，其余变成 0；测试时原样通过。

    Parameters
    ----------
    x : ndarray, any shape
    dropout_param : dict
        `p`: probability of KEEPING an entry, in (0, 1]; `mode`: 'train' or 'test'; `seed`: for the
        random number generator, so that a gradient check sees the same mask (optional).

    Returns
    -------
    out : ndarray, shape of x
    cache : tuple
        `(dropout_param, mask)`; mask is None in test mode.

    Raises
    ------
    ValueError
        If `mode` is neither 'train' nor 'test'.

    References
    ----------
    Srivastava et al. 2014, "Dropout", section 10 (the inverted form).
    """
    shapes.check_dropout("dropout_forward", x, dropout_param)
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    ### BEGIN SOLUTION
    if mode == "train":
        mask = ((np.random.rand(*x.shape) < p) / p).astype(x.dtype)
        out = x * mask
    else:
        mask = None
        out = x.copy()
    ### END SOLUTION
    return out, (dropout_param, mask)


def dropout_backward(dout: Array, cache: Cache) -> Array:
    """Gradient of inverted dropout.

    Does not change its input arrays; changing one costs a quarter of the points.
    训练时梯度只经过保留下来的数，也除以 `p`；测试时原样传回。

    Parameters
    ----------
    dout : ndarray, shape of x
    cache : tuple
        What `dropout_forward` returned.

    Returns
    -------
    dx : ndarray, shape of x
    """
    shapes.check_array("dropout_backward", "dout", dout)
    dropout_param, mask = cache
    ### BEGIN SOLUTION
    dx = dout * mask if dropout_param["mode"] == "train" else dout.copy()
    ### END SOLUTION
    return dx


# Convolution and pooling


def conv_forward_naive(
    x: Array, w: Array, b: Array, conv_param: dict[str, int]
) -> tuple[Array, Cache]:
    """Convolution, one output value at a time.

    Each of the F filters covers all C channels and a window of HH x WW pixels. The input is first
    padded with `pad` rows and columns of zeros on every side. Nothing is flipped (what signal
    processing calls cross-correlation):

        out[n, f, i, j] = b[f] + sum over c, k, l of
                          w[f, c, k, l] * x_padded[n, c, i * stride + k, j * stride + l]

    Where the stride does not divide evenly, the last rows and columns that do not fill a window
    are left out.

    Does not change its input arrays; changing one costs a quarter of the points.
    卷积：四周先补 `pad` 圈 0，核不翻转；边上填不满一个窗口的几行几列不要。

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
    w : ndarray, shape (F, C, HH, WW)
    b : ndarray, shape (F,)
    conv_param : dict
        `stride`: pixels between neighbouring windows; `pad`: zeros on every side.

    Returns
    -------
    out : ndarray, shape (N, F, H', W')
        `H' = 1 + (H + 2 * pad - HH) // stride`, `W' = 1 + (W + 2 * pad - WW) // stride`.
    cache : tuple
        `(x, w, b, conv_param)`, for `conv_backward_naive`.

    References
    ----------
    Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", section 2.4
    (output size).

    Examples
    --------
    >>> x, w = np.ones((1, 1, 3, 3)), np.ones((1, 1, 3, 3))
    >>> out, _ = conv_forward_naive(x, w, np.zeros(1), {"stride": 1, "pad": 1})
    >>> out[0, 0].tolist()
    [[4.0, 6.0, 4.0], [6.0, 9.0, 6.0], [4.0, 6.0, 4.0]]
    """
    shapes.check_conv("conv_forward_naive", x, w, b, conv_param)
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param["stride"], conv_param["pad"]
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    x_padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, H_out, W_out), dtype=np.result_type(x, w, b))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    top, left = i * stride, j * stride
                    window = x_padded[n, :, top : top + HH, left : left + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    ### END SOLUTION
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of the convolution, one output value at a time.

    Does not change its input arrays; changing one costs a quarter of the points.
    卷积的梯度；窗口重叠处相加，`dx` 不含补上去的 0。不要改动传进来的数组：改了扣四分之一的分。

    Parameters
    ----------
    dout : ndarray, shape (N, F, H', W')
        Gradient of the loss with respect to `out`.
    cache : tuple
        What `conv_forward_naive` returned.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
    dw : ndarray, shape (F, C, HH, WW)
    db : ndarray, shape (F,)
    """
    shapes.check_array("conv_backward_naive", "dout", dout, "(N, F, H', W')")
    ### BEGIN SOLUTION
    x, w, b, conv_param = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param["stride"], conv_param["pad"]
    x_padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx_padded = np.zeros(x_padded.shape, dtype=dout.dtype)
    dw = np.zeros(w.shape, dtype=dout.dtype)
    db = dout.sum(axis=(0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    rows = slice(i * stride, i * stride + HH)
                    columns = slice(j * stride, j * stride + WW)
                    dw[f] += dout[n, f, i, j] * x_padded[n, :, rows, columns]
                    dx_padded[n, :, rows, columns] += dout[n, f, i, j] * w[f]
    dx = dx_padded[:, :, pad : pad + H, pad : pad + W]
    ### END SOLUTION
    return dx, dw, db


def max_pool_forward_naive(x: Array, pool_param: dict[str, int]) -> tuple[Array, Cache]:
    """Max pooling, one window at a time.

    Does not change its input arrays; changing one costs a quarter of the points.
    最大池化：每个窗口取最大的数。不要改动传进来的数组：改了扣四分之一的分。

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
    pool_param : dict
        `pool_height`, `pool_width`: size of a window; `stride`: pixels between windows.

    Returns
    -------
    out : ndarray, shape (N, C, H', W')
        The largest value of each window; `H' = 1 + (H - pool_height) // stride`, and `W'` alike.
    cache : tuple
        `(x, pool_param)`, for `max_pool_backward_naive`.

    Examples
    --------
    >>> x = np.arange(16.0).reshape(1, 1, 4, 4)
    >>> out, _ = max_pool_forward_naive(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    >>> out[0, 0].tolist()
    [[5.0, 7.0], [13.0, 15.0]]
    """
    shapes.check_pool("max_pool_forward_naive", x, pool_param)
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    H_out = 1 + (H - height) // stride
    W_out = 1 + (W - width) // stride
    out = np.zeros((N, C, H_out, W_out), dtype=x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    top, left = i * stride, j * stride
                    out[n, c, i, j] = x[n, c, top : top + height, left : left + width].max()
    ### END SOLUTION
    return out, (x, pool_param)


def max_pool_backward_naive(dout: Array, cache: Cache) -> Array:
    """Gradient of max pooling: each value of `dout` goes to its window's maximum.

    Where several entries of a window share the maximum, the gradient goes to the first of them in
    row-major order, and is not split. Where windows overlap, what an entry receives adds up.

    Does not change its input arrays; changing one costs a quarter of the points.
    `dout` 的每个数只传给窗口里第一个最大值（按行的顺序），不平分；窗口重叠时相加。

    Parameters
    ----------
    dout : ndarray, shape (N, C, H', W')
    cache : tuple
        What `max_pool_forward_naive` returned.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
    """
    shapes.check_array("max_pool_backward_naive", "dout", dout, "(N, C, H', W')")
    ### BEGIN SOLUTION
    x, pool_param = cache
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    dx = np.zeros(x.shape, dtype=dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        window = x[n, c, top : top + height, left : left + width]
        row, column = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, top + row, left + column] += dout[n, c, i, j]
    ### END SOLUTION
    return dx


# Normalisation of images


def spatial_batchnorm_forward(
    x: Array, gamma: Array, beta: Array, bn_param: dict[str, Any]
) -> tuple[Array, Cache]:
    """Batch normalisation of images: each channel is one feature, and its statistics run over all
    images and all pixels (N, H and W).

    Does not change its input arrays; changing one costs a quarter of the points.
    图片的批归一化：每个通道是一个特征，均值和方差对 N、H、W 一起求。

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
    gamma, beta : ndarray, shape (C,)
        Scale and shift.
    bn_param : dict
        As in `batchnorm_forward`; `running_mean` and `running_var` have shape (C,).

    Returns
    -------
    out : ndarray, shape (N, C, H, W)
    cache : object
        Whatever `spatial_batchnorm_backward` needs.

    References
    ----------
    Ioffe and Szegedy 2015, "Batch Normalization", section 3.2.
    """
    shapes.check_batchnorm("spatial_batchnorm_forward", "(N, C, H, W)", x, gamma, beta, bn_param)
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    pixels = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = batchnorm_forward(pixels, gamma, beta, bn_param)
    out = out.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    ### END SOLUTION
    return out, cache


def spatial_batchnorm_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of batch normalisation of images.

    Does not change its input arrays; changing one costs a quarter of the points.
    图片的批归一化的梯度。不要改动传进来的数组：改了扣四分之一的分。

    Parameters
    ----------
    dout : ndarray, shape (N, C, H, W)
    cache : object
        What `spatial_batchnorm_forward` returned in training.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
    dgamma, dbeta : ndarray, shape (C,)
    """
    shapes.check_array("spatial_batchnorm_backward", "dout", dout, "(N, C, H, W)")
    ### BEGIN SOLUTION
    N, C, H, W = dout.shape
    pixels = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward_alt(pixels, cache)
    dx = dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    ### END SOLUTION
    return dx, dgamma, dbeta


def spatial_groupnorm_forward(
    x: Array, gamma: Array, beta: Array, G: int, gn_param: dict[str, Any]
) -> tuple[Array, Cache]:
    """Group normalisation: the channels of each image are cut into G groups of neighbours, and
    each group is normalised by the mean and the (biased, `ddof=0`) variance of its own channels
    and pixels.

    Does not change its input arrays; changing one costs a quarter of the points.
    组归一化：每张图的通道按顺序分成 G 组，每组用自己的均值和方差归一化。

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
    gamma, beta : ndarray, shape (1, C, 1, 1)
        Scale and shift of each channel. A layer that takes them in shape (C,) is right as well.
    G : int
        Number of groups; a divisor of C.
    gn_param : dict
        `eps`: added to the variance (default 1e-5).

    Returns
    -------
    out : ndarray, shape (N, C, H, W)
    cache : object
        Whatever `spatial_groupnorm_backward` needs.

    References
    ----------
    Wu and He 2018, "Group Normalization", section 3, equations 1 to 7.
    """
    shapes.check_groupnorm("spatial_groupnorm_forward", x, gamma, beta, G, gn_param)
    eps = gn_param.get("eps", 1e-5)
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    groups = x.reshape(N, G, -1)
    std = np.sqrt(groups.var(axis=2, keepdims=True) + eps)
    x_hat = ((groups - groups.mean(axis=2, keepdims=True)) / std).reshape(x.shape)
    out = gamma.reshape(1, C, 1, 1) * x_hat + beta.reshape(1, C, 1, 1)
    cache = x_hat, gamma, std
    ### END SOLUTION
    return out, cache


def spatial_groupnorm_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of group normalisation.

    Parameters and returns are those of `spatial_batchnorm_backward`; the cache is what
    `spatial_groupnorm_forward` returned, and dgamma and dbeta have the shape of gamma.

    Does not change its input arrays; changing one costs a quarter of the points.
    组归一化的梯度；`dgamma` 和 `dbeta` 的形状和 `gamma` 一样。
    """
    shapes.check_array("spatial_groupnorm_backward", "dout", dout, "(N, C, H, W)")
    ### BEGIN SOLUTION
    x_hat, gamma, std = cache
    N, C, H, W = dout.shape
    dbeta = dout.sum(axis=(0, 2, 3)).reshape(gamma.shape)
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3)).reshape(gamma.shape)
    # The same as layer norm, with a group in the place of a sample's features.
    x_hat = x_hat.reshape(N, std.shape[1], -1)
    dx_hat = (dout * gamma.reshape(1, C, 1, 1)).reshape(x_hat.shape)
    mean_dx_hat = dx_hat.mean(axis=2, keepdims=True)
    mean_product = (dx_hat * x_hat).mean(axis=2, keepdims=True)
    dx = ((dx_hat - mean_dx_hat - x_hat * mean_product) / std).reshape(dout.shape)
    ### END SOLUTION
    return dx, dgamma, dbeta


# Losses


def svm_loss(x: Array, y: Array) -> tuple[float, Array]:
    """Multiclass support vector machine loss with a margin of 1, averaged over the samples:

        loss = 1 / N * sum over n and j != y[n] of max(0, x[n, j] - x[n, y[n]] + 1)

    Does not change its input arrays; changing one costs a quarter of the points.
    多类 SVM 损失（间隔为 1），对样本取平均；正确的类别自己不算在内。

    Parameters
    ----------
    x : ndarray, shape (N, C)
        Scores.
    y : ndarray of int, shape (N,)
        Correct classes, 0 <= y[n] < C.

    Returns
    -------
    loss : float
    dx : ndarray, shape (N, C)
        Gradient of the loss with respect to the scores.

    References
    ----------
    Weston and Watkins 1999, "Support vector machines for multi-class pattern recognition".

    Examples
    --------
    >>> loss, dx = svm_loss(np.array([[3.0, 2.5, 0.0]]), np.array([0]))
    >>> loss, dx.tolist()
    (0.5, [[-1.0, 1.0, 0.0]])
    """
    shapes.check_loss("svm_loss", x, y)
    ### BEGIN SOLUTION
    samples = np.arange(len(x))
    margins = np.maximum(0, x - x[samples, y][:, None] + 1)
    margins[samples, y] = 0
    loss = float(margins.sum() / len(x))
    dx = (margins > 0).astype(x.dtype)
    dx[samples, y] = -dx.sum(axis=1)
    dx /= len(x)
    ### END SOLUTION
    return loss, dx


def softmax_loss(x: Array, y: Array) -> tuple[float, Array]:
    """Softmax followed by the cross-entropy loss, averaged over the samples:

        loss = -1 / N * sum over n of log(exp(x[n, y[n]]) / sum over j of exp(x[n, j]))

    Scores of any size give a finite loss: large ones do not overflow. Parameters and returns are
    those of `svm_loss`.

    Does not change its input arrays; changing one costs a quarter of the points.
    softmax 和交叉熵损失，对样本取平均；分数很大也不能溢出。参数和返回值同 `svm_loss`。

    Examples
    --------
    >>> loss, dx = softmax_loss(np.zeros((1, 4)), np.array([2]))
    >>> round(loss, 6), dx.tolist()
    (1.386294, [[0.25, 0.25, -0.75, 0.25]])
    """
    shapes.check_loss("softmax_loss", x, y)
    ### BEGIN SOLUTION
    samples = np.arange(len(x))
    shifted = x - x.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = float(-log_probabilities[samples, y].mean())
    dx = np.exp(log_probabilities)
    dx[samples, y] -= 1
    dx /= len(x)
    ### END SOLUTION
    return loss, dx
