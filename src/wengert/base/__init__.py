"""What every floor may use: errors, dtypes, trees, configuration."""
