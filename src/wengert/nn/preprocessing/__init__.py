"""Layers that make inputs of raw data: numbers, categories, text, images."""
