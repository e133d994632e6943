"""Programs as users of Keras write them, after its guides: each takes the package as `keras`, and asserts by itself."""
