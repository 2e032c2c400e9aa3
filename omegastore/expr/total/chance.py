"""Chance: numbers that look drawn, but are a function of a seed and of the number of a row.

The number of a row goes through two rounds ``x -> (a * x + c) ** 5`` modulo the prime 2**31 - 1, each of which gives
different results for different `x`; `a` and `c` are digits of the SHA-256 of the seed.
"""

from __future__ import annotations

import hashlib

from omegastore.expr.term import Code, Term, Type
from omegastore.expr.total.guard import let

PRIME = 2**31 - 1
ROUNDS = 2


def uniform(row: Term, seed: int) -> Term:
    """Return numbers that are uniform in [0, 1), by the numbers of rows."""
    code: Code = {"$mod": [row.code, PRIME]}
    for factor, shift in constants(seed):
        code = _fifth_power(_modulo({"$add": [{"$multiply": [code, factor]}, shift]}))
    return Term({"$divide": [code, float(PRIME)]}, Type("float", "float64", may_be_missing=False))


def constants(seed: int) -> list[tuple[int, int]]:
    """Return the `a` and the `c` of each round."""
    digest = hashlib.sha256(str(seed).encode()).digest()
    words = [int.from_bytes(digest[at : at + 8], "big") for at in range(0, 16 * ROUNDS, 8)]
    return [(words[at] % (PRIME - 1) + 1, words[at + 1] % PRIME) for at in range(0, 2 * ROUNDS, 2)]


def _fifth_power(code: Code) -> Code:
    fourth = let({"z": _modulo({"$multiply": ["$$y", "$$y"]})}, _modulo({"$multiply": ["$$z", "$$z"]}))
    return let({"y": code}, _modulo({"$multiply": [fourth, "$$y"]}))


def _modulo(code: Code) -> Code:
    return {"$mod": [code, PRIME]}
