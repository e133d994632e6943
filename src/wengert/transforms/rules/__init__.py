"""Rewrite rules by subject. Each is a gain wherever it fires, and says so where its result is not bitwise the same."""
