"""Loop nests to LLVM text. One small file for each idea; `target.py` holds what differs between machines."""
