"""Hostile submissions, and the proof that each fails: tests of DESIGN.md's one hard boundary."""
