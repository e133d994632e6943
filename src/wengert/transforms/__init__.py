"""Transforms and passes: graph in, graph out. None of them knows a primitive that it does not rewrite."""
