"""Hostile submissions, and the proof that each fails: DESIGN.md's one hard boundary, tried."""
