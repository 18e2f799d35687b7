"""All public checks: importing this registers them."""

from . import (  # noqa: F401
    affine,
    batch_norm,
    convolution,
    dropout,
    fast,
    fully_connected,
    fully_connected_training,
    layer_norm,
    losses,
    network,
    normalisation,
    optimisers,
    pooling,
)
