"""``python -m omegastore.cli``: the command line where its script is not on the PATH."""

from __future__ import annotations

from omegastore.cli.main import script

if __name__ == "__main__":
    script()
