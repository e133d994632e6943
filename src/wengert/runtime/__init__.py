"""Values and programs at run time: tensors, variables, recorded functions, threads."""
