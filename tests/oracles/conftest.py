"""The scripts here need the oracles themselves, which tests must not."""

collect_ignore = ["keras_values.py", "keras_sequences.py"]
