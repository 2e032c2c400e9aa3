"""The command line: ``main`` finds the command, one module for each group of commands runs them."""
