"""BackendTests: what every backend has to do; the author of one subclasses it and writes two methods."""

from __future__ import annotations

from omegastore.testing.failing_tests import FailingTests
from omegastore.testing.keeping_tests import KeepingTests
from omegastore.testing.naming_tests import NamingTests
from omegastore.testing.sharing_tests import SharingTests
from omegastore.testing.subject import T
from omegastore.testing.trust_tests import TrustTests


class BackendTests(KeepingTests[T], FailingTests[T], NamingTests[T], SharingTests[T], TrustTests[T]):
    """The conformance tests of a backend, run against a real MongoDB.

    A subclass whose name begins with ``Test`` sets `backend` and writes `make` and `same`. Where the kind is
    special it also says `by_kind_only`, `put_options`, `needs_trust`, `has_payload`, `returned`, `appended`,
    `refused` or `trap`, see `omegastore.testing.subject.Subject` and the classes that this one is made of.

    Examples
    --------
    >>> from omegastore.backends.pyobject import PyObjectBackend
    >>> class TestTexts(BackendTests[str]):
    ...     backend = PyObjectBackend
    ...
    ...     def make(self, seed: int) -> str:
    ...         return f"text {seed}"
    ...
    ...     def same(self, left: str, right: str) -> bool:
    ...         return type(left) is type(right) and left == right
    """
