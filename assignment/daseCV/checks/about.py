# Generated from daseCV/checks/about.py by "dasecv release".
"""Which blanks a check is about: where the mistake may be when it fails, the likeliest first."""

CNN = "classifiers.cnn.ThreeLayerConvNet"
CONVOLUTION = ("layers.conv_forward_naive", "layers.conv_backward_naive")
POOLING = ("layers.max_pool_forward_naive", "layers.max_pool_backward_naive")
RELU = ("layers.relu_forward", "layers.relu_backward")
FORWARD = ("layers.softmax_loss", "layers.affine_forward", "layers.relu_forward")
BACKWARD = ("layers.affine_backward", "layers.relu_backward")
AFFINE = ("layers.affine_forward", "layers.affine_backward")
TWO, DEEP = ("classifiers.fc_net.TwoLayerNet", "classifiers.fc_net.FullyConnectedNet")
BATCH_NORM = ("layers.batchnorm_forward", "layers.batchnorm_backward")
LAYER_NORM = ("layers.layernorm_forward", "layers.layernorm_backward")
DROPOUT = ("layers.dropout_forward", "layers.dropout_backward")
NETWORK = (f"{DEEP}.loss", f"{DEEP}.__init__")
TRAINING = ("optim.adam", f"{CNN}.loss", f"{CNN}.__init__", *FORWARD, *BACKWARD)

ABOUT: dict[str, tuple[str, ...]] = {
    "affine_forward": AFFINE[:1],
    "affine_backward": AFFINE[::-1],
    "relu_forward": RELU[:1],
    "relu_backward": RELU[::-1],
    "svm_loss": ("layers.svm_loss",),
    "softmax_loss": ("layers.softmax_loss",),
    "two_layer_net": (f"{TWO}.__init__", f"{TWO}.loss", *FORWARD, *BACKWARD),
    "fully_connected_net": (f"{DEEP}.__init__", f"{DEEP}.loss", *FORWARD, *BACKWARD),
    "sgd_momentum": ("optim.sgd_momentum",),
    "rmsprop": ("optim.rmsprop",),
    "adam": ("optim.adam",),
    "two_layer_training": (f"{TWO}.loss", f"{TWO}.__init__", *FORWARD, *BACKWARD),
    "fully_connected_overfit": (*NETWORK, *FORWARD, *BACKWARD),
    "best_model": (*NETWORK, *FORWARD, *BACKWARD),
    "batchnorm_forward": BATCH_NORM[:1],
    "batchnorm_backward": BATCH_NORM[::-1],
    "batchnorm_backward_alt": ("layers.batchnorm_backward_alt", *BATCH_NORM[:1]),
    "batchnorm_net": (*NETWORK, *BATCH_NORM, *FORWARD, *BACKWARD),
    "layernorm_forward": LAYER_NORM[:1],
    "layernorm_backward": LAYER_NORM[::-1],
    "layernorm_net": (*NETWORK, *LAYER_NORM, *FORWARD, *BACKWARD),
    "dropout_forward": DROPOUT[:1],
    "dropout_backward": DROPOUT[::-1],
    "dropout_net": (*NETWORK, *DROPOUT, *FORWARD, *BACKWARD),
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
