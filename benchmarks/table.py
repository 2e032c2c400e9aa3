"""Table: results as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import Any

from benchmarks.case import OURS
from benchmarks.measure import Result


def text(result: Result) -> str:
    """Return the Markdown table of one case."""
    ours = result.median(OURS)
    lines = [
        f"\n### {result.case.name}\n",
        f"| variant | median {result.case.unit} | min..max | ours / this | client CPU s |",
        "|---|---|---|---|---|",
    ]
    for name, found in result.seconds.items():
        if name in result.failed:
            lines.append(f"| {name} | not run: {result.failed[name]} | | | |")
            continue
        mid = median(found)
        ratio = f"{ours / mid:.2f}" if ours is not None and mid else ""
        cpu = median(result.cpu[name])
        lines.append(f"| {name} | {mid:.4g} | {min(found):.4g}..{max(found):.4g} | {ratio} | {cpu:.3g} |")
    for asked, value, holds in result.verdicts():
        lines.append(f"\n{'holds' if holds else 'MISSED'}: {asked}, measured {value:.3g}")
    return "\n".join(lines)


def document(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Return the results as JSON holds them."""
    return [
        {
            "case": result.case.name, "unit": result.case.unit, "values": result.seconds, "cpu": result.cpu,
            "failed": result.failed,
            "goals": [{"goal": asked, "value": value, "holds": holds} for asked, value, holds in result.verdicts()],
        }
        for result in results
    ]  # fmt: skip
