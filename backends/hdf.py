"""Kind ``pandas.hdf``: frames and series as PyTables HDF, when asked for by ``kind=``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import pandas as pd
from packaging.version import Version

from omegastore.backend import Backend, Options
from omegastore.codecs import hdf
from omegastore.codecs.hdf_check import checked
from omegastore.errors import InvalidOption, UnsupportedObject

if TYPE_CHECKING:
    from omegastore.metadata import Metadata


@dataclass(frozen=True, slots=True)
class HdfPutOptions(Options):
    """Keywords of put for kind ``pandas.hdf``."""

    format: hdf.Format = "fixed"
    """``"table"`` keeps categories and duplicate column names, and is slower."""


class HdfBackend(Backend[hdf.Frame, HdfPutOptions, Options]):
    """Keeps a DataFrame or Series as an HDF file that ``pandas.read_hdf`` opens, under the key ``data``.

    Before anything is written the file is read back and compared, so what HDF cannot hold is refused, naming the
    column. Reading can run code (pandas pickles objects into HDF), so the file needs a signature.

    Examples
    --------
    >>> HdfBackend.kind
    'pandas.hdf'
    """

    kind = "pandas.hdf"
    put_options = HdfPutOptions
    executes_code = True

    def check(self, obj: Any, options: HdfPutOptions) -> None:
        """Raise unless `obj` comes back identical from HDF."""
        if options.format not in get_args(hdf.Format):
            raise InvalidOption(f"format={options.format!r}: kind 'pandas.hdf' takes 'fixed' or 'table'")
        if type(obj) not in (pd.DataFrame, pd.Series):
            raise UnsupportedObject(
                f"{type(obj).__module__}.{type(obj).__qualname__} is neither a DataFrame nor a Series; "
                "convert it with pandas.DataFrame(...), or leave out kind="
            )
        self._image, self._facts = checked(obj, options.format)

    def put(self, obj: hdf.Frame, meta: Metadata, options: HdfPutOptions) -> Metadata:
        """Write the file that was checked."""
        size = self.context.blobs.write(self._image)
        meta.kind_meta = {
            "class": type(obj).__name__,
            "pandas": pd.__version__,
            "format": options.format,
            "axes": self._facts,
            "size": size,
        }
        return meta

    def get(self, meta: Metadata, options: Options) -> hdf.Frame:
        """Return the frame or series.

        Raises
        ------
        UnsupportedObject
            When it was written by pandas 3 and this is pandas 2, which would read other values without an error.
        """
        stored = meta.kind_meta["pandas"]
        if Version(stored).major >= 3 > Version(pd.__version__).major:
            raise UnsupportedObject(
                f"this HDF file was written by pandas {stored}, and pandas {pd.__version__} would misread it: "
                "read it under pandas 3, and store it in document form (put without kind=), which both read"
            )
        return hdf.read(self.context.blobs.read(), meta.kind_meta["axes"])
