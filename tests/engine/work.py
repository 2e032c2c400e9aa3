"""What workers of the tests do."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any, ClassVar


def process() -> int:
    return os.getpid()


def environment(name: str) -> str | None:
    return os.environ.get(name)


def fail(message: str) -> None:
    raise ValueError(message)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def sleep(seconds: float, path: str = "") -> float:
    if path:
        Path(path).write_text(str(os.getpid()))
    time.sleep(seconds)
    return seconds


def read(store: Any, name: str) -> Any:
    return store.get(name)


def redeem(store: Any, ticket: Any, obj: Any, after: float = 0.0) -> int:
    time.sleep(after)
    version: int = ticket.redeem(store.storage, (store, store), obj).version
    return version


def twice(rows: Any) -> Any:
    return rows.assign(amount=rows["amount"] * 2)


class Slow:
    """An estimator that waits when it is pickled."""

    reached: ClassVar = threading.Event()
    release: ClassVar = threading.Event()

    def fit(self, X: Any) -> Slow:
        return self

    def get_params(self) -> dict[str, Any]:
        return {}

    def __getstate__(self) -> dict[str, Any]:
        self.reached.set()
        assert self.release.wait(60)
        return {"weights": os.urandom(3_000_000)}
