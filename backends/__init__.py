"""Backends: one class for each kind of object; this list knows them all and imports none."""

from __future__ import annotations

from omegastore.backend import BackendSpec
from omegastore.codecs import probe
from omegastore.codecs.frame_probe import looks_like_frames, looks_like_series

_HOME = "omegastore.backends"
# pandas 3 says "pandas.DataFrame" where pandas 2 says "pandas.core.frame.DataFrame"
_FRAMES = ("pandas.DataFrame", "pandas.core.frame.DataFrame")
_SERIES = ("pandas.Series", "pandas.core.series.Series")
_LAZY_FRAMES, _LAZY_SERIES = "omegastore.mdataframe.frame.MDataFrame", "omegastore.mdataframe.series.MSeries"
_BUILTINS = "NoneType bool bytearray bytes complex float frozenset int range set slice str"
_TIMES = "date datetime time timedelta"
_BSON = "objectid.ObjectId decimal128.Decimal128 timestamp.Timestamp regex.Regex"
_PANDAS = "Interval Period Timedelta Timestamp api.typing.NAType api.typing.NaTType"
_PANDAS_2 = "timestamps.Timestamp timedeltas.Timedelta period.Period nattype.NaTType"
_FILES = "BufferedRandom BufferedReader BytesIO FileIO StringIO TextIOWrapper"
_ARRAYS = "ndarray memmap matrix rec.recarray recarray ma.MaskedArray ma.core.MaskedArray"
_SPARSE = "bsr coo csc csr dia dok lil"


def _in(module: str, names: str) -> tuple[str, ...]:
    return tuple(f"{module}.{name}" for name in names.split())


SPECS: tuple[BackendSpec, ...] = (
    BackendSpec("pandas.hdf", (), f"{_HOME}.hdf:HdfBackend"),
    BackendSpec("python.hdf", (), f"{_HOME}.pyhdf:PyHdfBackend"),
    BackendSpec("sklearn.skops", (), f"{_HOME}.skops:SkopsBackend", extra="skops"),
    BackendSpec(
        "mongo.collection",
        ("pymongo.synchronous.collection.Collection", "pymongo.collection.Collection"),
        f"{_HOME}.reference:ReferenceBackend",
    ),
    BackendSpec(
        "python.file",
        (
            *_in("pathlib", "PosixPath WindowsPath"),
            *_in("pathlib._local", "PosixPath WindowsPath"),
            *_in("_io", _FILES),
            *_in("tempfile", "SpooledTemporaryFile _TemporaryFileWrapper"),
        ),
        f"{_HOME}.rawfile:RawFileBackend",
        probe=probe.looks_like_file,
    ),
    BackendSpec(
        "python.object",
        (
            *_in("builtins", _BUILTINS),
            *_in("datetime", _TIMES),
            *("decimal.Decimal", "fractions.Fraction", "uuid.UUID", "re.Pattern", "numpy.generic"),
            *_in("bson", _BSON),
            *_in("pandas", _PANDAS),
            *_in("pandas._libs.tslibs", _PANDAS_2),
            *("pandas._libs.interval.Interval", "pandas._libs.missing.NAType"),
        ),
        f"{_HOME}.pyobject:PyObjectBackend",
    ),
    BackendSpec("python.data", _in("builtins", "dict list tuple"), f"{_HOME}.pydata:PyDataBackend"),
    BackendSpec(
        "sklearn.joblib",
        ("sklearn.base.BaseEstimator",),
        f"{_HOME}.estimator:EstimatorBackend",
        probe=probe.looks_like_estimator,
    ),
    BackendSpec(
        "ndarray.hdf",
        (
            *_in("numpy", _ARRAYS),
            *(f"scipy.sparse._{form}.{form}_{name}" for form in _SPARSE.split() for name in ("array", "matrix")),
        ),
        f"{_HOME}.ndarray:NdarrayBackend",
    ),
    BackendSpec("pandas.dfgroup", _FRAMES, f"{_HOME}.dfgroup:GroupBackend", keyword="groupby"),
    BackendSpec(
        "pandas.serows",
        (*_SERIES, *_in("omegastore.mdataframe.series", "MSeries")),
        f"{_HOME}.documents:SeriesBackend",
        probe=looks_like_series,
    ),
    BackendSpec(
        "pandas.dfrows",
        (*_FRAMES, *_in("omegastore.mdataframe.frame", "MDataFrame")),
        f"{_HOME}.documents:FrameBackend",
        probe=looks_like_frames,
    ),
)
"""The built-in backends; the last are asked first."""


def types_of(kind: str) -> tuple[str, ...]:
    """Return the qualified names of the types that a built-in backend keeps."""
    return next(spec.types for spec in SPECS if spec.kind == kind)
