"""The input pipeline: lazy data sets, read and prepared by threads, in an order that no timing changes."""
