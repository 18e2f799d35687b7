"""Grades one submission: asks its checks, explains failures, writes the report."""
