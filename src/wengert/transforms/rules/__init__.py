"""Rewrite rules by subject. Each is a gain; where its result is not bitwise the same, it says so."""
