"""Stands in for Colab's own package: what the notebook and the library use of it."""
