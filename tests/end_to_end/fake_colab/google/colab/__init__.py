"""Replaces Colab's own package: the part that the notebook and the library use."""
