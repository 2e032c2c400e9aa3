"""Testing kit: what authors of backends and mixins, and our own suite, test with."""
