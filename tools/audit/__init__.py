"""The audit: mutants of the reference, graded, to prove that the hidden checks catch mistakes."""
