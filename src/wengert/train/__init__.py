"""Models and their training: compile, fit, evaluate, predict, callbacks, saving."""
