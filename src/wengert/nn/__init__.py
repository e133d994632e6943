"""Layers, losses, metrics, initializers and optimizers, in Keras's words."""
