"""The floor under the primitives: scalar expressions, loop nests, and how they are scheduled."""
