"""Kind ``python.object``: one plain Python value, whole, as a BSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import bson
from bson.errors import BSONError

from omegastore.backend import Backend, Options
from omegastore.codecs.value import OPTIONS, decode, encode, is_known
from omegastore.errors import UnsupportedValue

if TYPE_CHECKING:
    from omegastore.metadata import Metadata

_PANDAS = (
    *(f"pandas.{name}" for name in ("Timestamp", "Timedelta", "Period", "Interval")),
    *(f"pandas.api.typing.{name}" for name in ("NaTType", "NAType")),
    # the same under pandas 2
    "pandas._libs.tslibs.timestamps.Timestamp",
    "pandas._libs.tslibs.timedeltas.Timedelta",
    "pandas._libs.tslibs.period.Period",
    "pandas._libs.tslibs.nattype.NaTType",
    "pandas._libs.interval.Interval",
    "pandas._libs.missing.NAType",
)


class PyObjectBackend(Backend[Any, Options, Options]):
    """Keeps one plain value per version: text, numbers, dates, sets, bytes, or by ``kind=`` a dict, list or tuple.

    The value is one BSON document ``{v: natural value, x: what BSON cannot say}``, inline in Metadata when small and
    a file in GridFS when large; nothing is pickled. It comes back equal and of the same types at every level.

    Examples
    --------
    >>> PyObjectBackend.kind
    'python.object'
    """

    kind = "python.object"
    types: ClassVar[tuple[str, ...]] = (
        *(f"builtins.{name}" for name in ("str", "bytes", "bytearray", "bool", "int", "float", "complex")),
        *(f"builtins.{name}" for name in ("NoneType", "set", "frozenset", "range", "slice")),
        *(f"datetime.{name}" for name in ("datetime", "date", "time", "timedelta")),
        *("decimal.Decimal", "fractions.Fraction", "uuid.UUID", "re.Pattern"),
        *("bson.objectid.ObjectId", "bson.decimal128.Decimal128", "bson.timestamp.Timestamp", "bson.regex.Regex"),
        "numpy.generic",
        *_PANDAS,
    )

    @classmethod
    def supports(cls, obj: object) -> bool:
        """Return whether the type of `obj` itself, not one that it derives from, can be restored."""
        return is_known(type(obj))

    def check(self, obj: Any, options: Options) -> None:
        """Raise for a value that cannot be kept, naming the place."""
        self._document = to_bson(obj)

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        """Write the document."""
        self.context.blobs.write(self._document)
        meta.kind_meta = {"type": f"{type(obj).__module__}.{type(obj).__qualname__}"}
        return meta

    def get(self, meta: Metadata, options: Options) -> Any:
        """Return the value."""
        return from_bson(self.context.blobs.read())


def to_bson(obj: object) -> bytes:
    """Return `obj` as a BSON document.

    Raises
    ------
    UnsupportedValue
        For values without a codec, and above 2 GB.
    """
    natural, extra = encode(obj, "the object")
    return document({"v": natural, "x": extra})


def document(fields: dict[str, Any]) -> bytes:
    """Return the BSON of a document that an encoded value makes.

    Raises
    ------
    UnsupportedValue
        Above 2 GB, which is where BSON ends.
    """
    try:
        return bson.encode(fields)
    except (BSONError, OverflowError) as error:
        raise UnsupportedValue(
            f"the object does not fit into one BSON document of at most 2 GB ({error}); "
            "split it, or store its arrays and frames under names of their own"
        ) from error


def from_bson(data: bytes) -> object:
    """Return the object that `to_bson` was given."""
    fields = bson.decode(data, OPTIONS)
    return decode(fields["v"], fields["x"])
