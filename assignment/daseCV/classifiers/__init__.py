# Generated from daseCV/classifiers/__init__.py by "dasecv release".
"""The networks: `fc_net` (fully connected) and `cnn` (convolutional)."""
