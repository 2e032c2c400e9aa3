"""Arrow tables in omegastore: a backend, a verb and a command that are found once this is installed."""
