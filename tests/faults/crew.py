"""Crew: the processes of a test, forked off a clean one that has imported everything, and what they report."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.faults.workers", "pytest", "h5py", "omegastore.backends.ndarray"])


class Journal:
    """A file of lines that processes append to; what was said stays when the speaker is killed."""

    def __init__(self, path: Path | str) -> None:
        self.path = str(path)
        self._file: int | None = None

    def say(self, *words: object) -> None:
        """Append one line."""
        if self._file is None:
            self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(self._file, (" ".join(map(str, words)).replace("\n", " ") + "\n").encode())

    def lines(self) -> list[list[str]]:
        """Return the words of all lines."""
        path = Path(self.path)
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def count(self, word: str) -> int:
        """Return how many lines begin with `word`."""
        return sum(line[0] == word for line in self.lines())

    def __getstate__(self) -> str:
        return self.path

    def __setstate__(self, path: str) -> None:
        self.path, self._file = path, None


def start(target: Callable[..., None], *arguments: object) -> ForkServerProcess:
    """Start a process that runs `target`, a function of a module."""
    process = CONTEXT.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def state(process: ForkServerProcess) -> str:
    """Return the letter that Linux has for the state of a process; ``""`` when it has ended."""
    try:
        return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Crew:
    """Processes of several roles, which are killed at random and replaced.

    Parameters
    ----------
    seed : int
        Of the kills and of what the processes do.
    """

    def __init__(self, seed: int) -> None:
        self._random, self._seed = random.Random(seed), seed * 1000
        self._members: list[tuple[Callable[..., None], tuple[object, ...], ForkServerProcess]] = []
        self.kills = 0

    def add(self, target: Callable[..., None], *arguments: object) -> None:
        """Start a process; its last argument will be a seed of its own."""
        self._members.append((target, arguments, self._start(target, arguments)))

    def disturb(self, seconds: float, also: Callable[[], None] = lambda: None) -> None:
        """Kill one after the other for so long, each replaced at once; `also` is called now and then."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self._random.uniform(0.15, 0.5))
            place = self._random.randrange(len(self._members))
            target, arguments, process = self._members[place]
            process.kill()
            process.join()
            self.kills += 1
            self._members[place] = (target, arguments, self._start(target, arguments))
            also()

    def join(self, seconds: float = 120) -> None:
        """Wait for all to end by themselves."""
        end = time.monotonic() + seconds
        for _, _, process in self._members:
            process.join(max(0.1, end - time.monotonic()))
        assert [process.pid for _, _, process in self._members if process.is_alive()] == [], "a call does not end"
        assert {process.exitcode for _, _, process in self._members} == {0}

    def end(self) -> None:
        """Kill those that are left."""
        for _, _, process in self._members:
            process.kill()
            process.join()

    def _start(self, target: Callable[..., None], arguments: tuple[object, ...]) -> ForkServerProcess:
        self._seed += 1
        return start(target, *arguments, self._seed)
