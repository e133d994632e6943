"""Graph -> fused loop nests -> LLVM -> one native call. Start with `pipeline.py`."""
