"""What pickling raises for objects that cannot be pickled."""

from __future__ import annotations

import pickle

PICKLE_ERRORS = (
    pickle.PicklingError,
    TypeError,
    AttributeError,
    ValueError,
    NotImplementedError,
    RecursionError,
)
"""pickle's own error, and what the methods of objects raise that refuse or fail to be pickled."""
