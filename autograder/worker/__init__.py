"""The worker: a sandboxed process that has imported one submission's `daseCV`.

`frames`, `serve` and `stand_ins` run inside it, in the student environment, and import nothing from
`autograder`; `client` is the trusted side.
"""
