"""The program representation: types, primitives, nodes, graphs."""
