# Generated from daseCV/__init__.py by "dasecv release".
"""daseCV: a small convolutional-network library that students complete.

Importing the package runs no student code: modules are imported one by one, so a
syntax error in `layers.py` stops only what needs `layers.py`.
"""
