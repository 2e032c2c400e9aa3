"""Kind ``sklearn.skops``: estimators and pipelines as skops files, which are read without running code."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import skops.io
from skops.io.exceptions import UnsupportedTypeException, UntrustedTypesFoundException

from omegastore.backend import Backend, Options
from omegastore.backends.estimator import class_name, versions, warn_of_other_release
from omegastore.backends.verified import verified
from omegastore.codecs.pickling import PICKLE_ERRORS
from omegastore.codecs.probe import looks_like_estimator
from omegastore.errors import Corrupt, InvalidOption, UnsupportedObject, UntrustedError

if TYPE_CHECKING:
    from omegastore.metadata import Metadata

FASTEST = 1
"""The level of compression."""


@dataclass(frozen=True, slots=True)
class SkopsGet(Options):
    """Keywords of get()."""

    trusted: Sequence[str | type] = ()
    """Types that the caller vouches for, beside those that skops knows to be harmless: classes or their names."""

    def __post_init__(self) -> None:
        given: object = self.trusted
        if not isinstance(given, (list, tuple)) or not all(isinstance(each, (str, type)) for each in given):
            raise InvalidOption(f"trusted={given!r} is not a list of types or of their qualified names")


class SkopsBackend(Backend[Any, Options, SkopsGet]):
    """Keeps what has ``fit`` and ``get_params`` without pickle: parameters and arrays, and the names of classes.

    Only objects of types that skops knows to be harmless are made on reading, and of those that the reader names
    in ``trusted=``. So it needs no signature, and is what ``OMEGA_STORE_TRUST=skops`` allows.

    Examples
    --------
    >>> SkopsBackend.kind
    'sklearn.skops'
    """

    kind = "sklearn.skops"
    get_options = SkopsGet

    @classmethod
    def supports(cls, obj: object) -> bool:
        """Return whether `obj` is an instance with ``fit`` and ``get_params``."""
        return looks_like_estimator(obj)

    def check(self, obj: Any, options: Options) -> None:
        """Raise unless skops can write `obj` and read it again."""
        try:
            self._data = skops.io.dumps(obj, compression=zipfile.ZIP_DEFLATED, compresslevel=FASTEST)
            self._unknown = skops.io.get_untrusted_types(data=self._data)
            # a function without a name is written and cannot be read
            skops.io.loads(self._data, trusted=self._unknown)
        except (UnsupportedTypeException, ImportError, *PICKLE_ERRORS) as error:
            raise UnsupportedObject(
                f"skops cannot write {class_name(obj)}: {error}; store it by kind='sklearn.joblib', which is signed"
            ) from error

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        """Write the skops file."""
        size = self.context.blobs.write(self._data)
        meta.kind_meta = {"class": class_name(obj), "versions": dict(versions()), "size": size}
        meta.kind_meta["untrusted"] = self._unknown
        return meta

    def get(self, meta: Metadata, options: SkopsGet) -> Any:
        """Return the estimator; raise UntrustedError when it holds types that nobody vouches for."""
        warn_of_other_release(meta)
        with verified(self.context.blobs, meta.kind_meta["size"]) as file:
            data = file.read()
        trusted = [
            each if isinstance(each, str) else f"{each.__module__}.{each.__name__}" for each in options.trusted
        ]
        try:
            return skops.io.load(io.BytesIO(data), trusted=trusted)
        except zipfile.BadZipFile as error:
            raise Corrupt(f"not a skops file: {error}") from error
        except UntrustedTypesFoundException as error:
            unknown = [each for each in skops.io.get_untrusted_types(data=data) if each not in trusted]
            raise UntrustedError(
                f"{meta.name!r} holds {unknown}, which skops does not know to be harmless; if you do, "
                f"get({meta.name!r}, trusted={unknown})"
            ) from error
