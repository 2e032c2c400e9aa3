"""``python -m omegastore.server``: print the URL of the embedded server and keep it running until Ctrl-C."""

from __future__ import annotations

import contextlib
import sys
import threading

from omegastore.server.lease import Lease


def main() -> None:
    """Hold a lease until the user interrupts."""
    with contextlib.suppress(KeyboardInterrupt), Lease() as lease:
        sys.stdout.write(f"{lease.ensure()}\nhome: {lease.home.path}\nCtrl-C ends\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
