"""Kind ``sklearn.joblib``: estimators and pipelines as pickles compressed by zstd, which joblib loads."""

from __future__ import annotations

import functools
import importlib.metadata
import platform
import warnings
from typing import TYPE_CHECKING, Any, ClassVar

from omegastore.backend import Backend, Options
from omegastore.backends import types_of
from omegastore.backends.verified import verified
from omegastore.codecs.estimator import compressed, dump, load
from omegastore.codecs.pickling import PICKLE_ERRORS
from omegastore.codecs.probe import looks_like_estimator
from omegastore.errors import UnsupportedObject

if TYPE_CHECKING:
    from omegastore.metadata import Metadata

PACKAGES = {
    "sklearn": "scikit-learn",
    "numpy": "numpy",
    "scipy": "scipy",
    "joblib": "joblib",
    "omegastore": "omegastore",
}
"""Import names and distributions of what a stored estimator depends on."""


class EstimatorBackend(Backend[Any, Options, Options]):
    """Keeps anything that has ``fit`` and ``get_params``, fitted or not, with the versions that it was made by.

    Reading unpickles, so the file needs a signature. An estimator that was stored under another major version of
    scikit-learn is read with a warning.

    Examples
    --------
    >>> EstimatorBackend.kind
    'sklearn.joblib'
    """

    kind = "sklearn.joblib"
    types: ClassVar[tuple[str, ...]] = types_of("sklearn.joblib")
    executes_code = True

    @classmethod
    def supports(cls, obj: object) -> bool:
        """Return whether `obj` is an instance with ``fit`` and ``get_params``."""
        return looks_like_estimator(obj)

    def check(self, obj: Any, options: Options) -> None:
        """Raise unless `obj` can be pickled."""
        try:
            self._pieces = dump(obj)
        except PICKLE_ERRORS as error:
            raise UnsupportedObject(
                f"{class_name(obj)} cannot be pickled: {error}; functions in it must be defined in a module "
                "(no lambda, no function inside of a function), and open files or connections taken out"
            ) from error

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        """Compress and write the file, without a copy of large arrays."""
        size = self.context.blobs.write(compressed(self._pieces))
        meta.kind_meta = {"class": class_name(obj), "versions": dict(versions()), "size": size}
        return meta

    def get(self, meta: Metadata, options: Options) -> Any:
        """Return the estimator; warns when it comes from another major version of scikit-learn."""
        warn_of_other_release(meta)
        with verified(self.context.blobs, meta.kind_meta["size"]) as file:
            return load(file)


@functools.cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that an estimator depends on, where installed."""
    found = {"python": platform.python_version()}
    for name, distribution in PACKAGES.items():
        try:
            found[name] = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue  # a source tree that is not installed
    return found


def warn_of_other_release(meta: Metadata) -> None:
    """Warn when an estimator was stored under another major version of scikit-learn."""
    stored, here = meta.kind_meta["versions"].get("sklearn"), versions().get("sklearn")
    if stored and here and stored.split(".")[0] != here.split(".")[0]:
        warnings.warn(
            f"{meta.kind_meta['class']} was stored under scikit-learn {stored}, this is {here}: "
            "it may fail or predict otherwise; fit and store it again",
            UserWarning,
            stacklevel=3,
        )


def class_name(obj: object) -> str:
    """Return the qualified name of the class of `obj`."""
    cls = type(obj)
    return f"{cls.__module__}.{cls.__qualname__}"
