"""One module a framework: each builds a workload's training step and times it when told to."""
