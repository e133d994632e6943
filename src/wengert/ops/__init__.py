"""What users call on tensors: array-API names; broadcast and promote, then apply primitives."""
