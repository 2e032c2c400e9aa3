"""Measure: interleaved rounds of all variants of a case, and their medians."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from statistics import median

from benchmarks.case import OURS, Case


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of one case."""

    case: Case
    seconds: dict[str, list[float]]
    cpu: dict[str, list[float]]
    failed: dict[str, str]

    def median(self, variant: str) -> float | None:
        """Return the median of a variant, None where it did not run."""
        found = self.seconds.get(variant)
        return median(found) if found else None

    def verdicts(self) -> list[tuple[str, float, bool]]:
        """Return for each goal that could be judged what is asked, what was found, and whether it holds."""
        ours, found = self.median(OURS), list[tuple[str, float, bool]]()
        if ours is None:
            return found
        for goal in self.case.goals:
            if goal.to == "cpu":
                value = median(self.cpu[OURS])
            elif goal.to == "value":
                value = ours
            elif other := self.median(goal.to):
                value = ours / other
            else:
                continue
            found.append((f"<= {goal.at_most:.3g} x {goal.to}", value, value <= goal.at_most))
        return found


def measure(case: Case, rounds: int) -> Result:
    """Run every variant of `case` once a round, in an order that is turned each round."""
    names = list(case.variants)
    result = Result(case, {name: [] for name in names}, {name: [] for name in names}, {})
    for number in range(rounds):
        for at in range(len(names)):
            name = names[(at + number) % len(names)]
            if name in result.failed:
                continue
            gc.collect()
            cpu, start = time.process_time(), time.perf_counter()
            try:
                own = case.variants[name]()
            except ImportError as error:  # a peer that is not installed
                result.failed[name] = str(error)
                continue
            spent = time.perf_counter() - start
            result.seconds[name].append(spent if own is None else own)
            result.cpu[name].append(time.process_time() - cpu)
    case.close()
    return result
