"""The networks: `fc_net` (fully connected) and `cnn` (convolutional)."""
