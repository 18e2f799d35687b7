"""Which blanks a check is about: where the mistake may be when it fails, the likeliest first."""

CNN = "classifiers.cnn.ThreeLayerConvNet"
CONVOLUTION = ("layers.conv_forward_naive", "layers.conv_backward_naive")
POOLING = ("layers.max_pool_forward_naive", "layers.max_pool_backward_naive")
RELU = ("layers.relu_forward", "layers.relu_backward")
FORWARD = ("layers.softmax_loss", "layers.affine_forward", "layers.relu_forward")
BACKWARD = ("layers.affine_backward", "layers.relu_backward")
TRAINING = ("optim.adam", f"{CNN}.loss", f"{CNN}.__init__", *FORWARD, *BACKWARD)

ABOUT: dict[str, tuple[str, ...]] = {
    "conv_forward_naive": CONVOLUTION[:1],
    "conv_image_filters": CONVOLUTION[:1],
    "conv_backward_naive": CONVOLUTION[::-1],
    "max_pool_forward_naive": POOLING[:1],
    "max_pool_backward_naive": POOLING[::-1],
    "conv_fast": CONVOLUTION,
    "max_pool_fast": POOLING,
    "conv_relu_pool": RELU,
    "conv_relu": RELU,
    "cnn_loss": (f"{CNN}.__init__", f"{CNN}.loss", *FORWARD),
    "cnn_gradients": (f"{CNN}.loss", *BACKWARD, *FORWARD, f"{CNN}.__init__"),
    "cnn_overfit": TRAINING,
    "cnn_one_epoch": TRAINING,
    "spatial_batchnorm_forward": ("layers.spatial_batchnorm_forward", "layers.batchnorm_forward"),
    "spatial_batchnorm_backward": (
        "layers.spatial_batchnorm_backward",
        "layers.batchnorm_backward_alt",
        "layers.batchnorm_backward",
        "layers.spatial_batchnorm_forward",
        "layers.batchnorm_forward",
    ),
    "spatial_groupnorm_forward": ("layers.spatial_groupnorm_forward",),
    "spatial_groupnorm_backward": (
        "layers.spatial_groupnorm_backward",
        "layers.spatial_groupnorm_forward",
    ),
}
