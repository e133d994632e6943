"""Every primitive: its type, meaning, derivative and lowering, in one place each."""
