"""Where training data comes from: data sets, readers, pictures."""
