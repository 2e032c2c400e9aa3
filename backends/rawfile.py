"""Kind ``python.file``: files, file-like objects and folders, streamed as they are."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, ClassVar, cast

from omegastore.backend import Backend, Options
from omegastore.backends import types_of
from omegastore.codecs import folder
from omegastore.errors import UnsupportedObject

if TYPE_CHECKING:
    from omegastore.metadata import Metadata


@dataclass(frozen=True, slots=True)
class RawFileGetOptions(Options):
    """Keywords of get for kind ``python.file``."""

    local: str | os.PathLike[str] | None = None
    """Where to write the file (over one that is there), or to unpack the folder; get then returns this path."""


class RawFileBackend(Backend[object, Options, RawFileGetOptions]):
    """Keeps the bytes of a file, a folder, or of what a file-like object reads, in bounded memory.

    A path is read whole; a file-like object from its present position to its end, where it is left. A str is a
    path when asked for by ``kind="python.file"``. A folder is kept as a tar file.

    ``get`` returns a reader of the bytes (of a folder: of its tar file), which verifies them at their end. With
    ``local=`` they are verified, then written there, and the path is returned.

    Examples
    --------
    >>> RawFileBackend.kind
    'python.file'
    """

    kind = "python.file"
    types: ClassVar[tuple[str, ...]] = types_of("python.file")
    get_options = RawFileGetOptions

    @classmethod
    def supports(cls, obj: object) -> bool:
        """Return whether `obj` is a path or a file-like object."""
        return isinstance(obj, (str, os.PathLike)) or (hasattr(obj, "read") and not isinstance(obj, type))

    def check(self, obj: object, options: Options) -> None:
        """Raise unless there is a file or folder, or a binary file that can be read."""
        if not isinstance(obj, (str, os.PathLike)):
            _check_file(obj)
            return
        path = Path(obj)
        if path.is_dir():
            folder.check(path)
        elif path.is_file():
            path.open("rb").close()
        elif path.exists():
            raise UnsupportedObject(f"{path} is neither a file nor a folder; store what you read from it")
        else:
            raise FileNotFoundError(f"there is no file or folder {path}")

    def put(self, obj: object, meta: Metadata, options: Options) -> Metadata:
        """Write the bytes."""
        blobs, is_folder = self.context.blobs, False
        filename: str | None
        if isinstance(obj, (str, os.PathLike)):
            path = Path(obj)
            filename, is_folder = path.resolve().name, path.is_dir()
            if is_folder:
                size = blobs.write(folder.pack(path))
            else:
                with path.open("rb") as file:
                    size = blobs.write(file)
        else:
            name = getattr(obj, "name", None)
            filename = Path(name).name if isinstance(name, str) else None
            size = blobs.write(cast(BinaryIO, obj))
        meta.kind_meta = {"filename": filename, "size": size, "is_folder": is_folder}
        return meta

    def get(self, meta: Metadata, options: RawFileGetOptions) -> BinaryIO | Path:
        """Return a reader of the bytes, or with ``local=`` the path that they were written to.

        Raises
        ------
        FileExistsError
            When a folder is to be unpacked where there is something already.
        """
        if options.local is None:
            return self.context.blobs.open()
        local = Path(options.local)
        is_folder = meta.kind_meta["is_folder"]
        if is_folder and local.exists() and not (local.is_dir() and not any(local.iterdir())):
            raise FileExistsError(f"{local} exists; a folder is unpacked into a new or empty one")
        copy = self.context.blobs.download()
        try:
            if is_folder:
                folder.unpack(copy, local)
            else:
                shutil.copyfile(copy, local)
        finally:
            copy.unlink()
        return local


def _check_file(obj: object) -> None:
    if not isinstance(cast("IO[Any]", obj).read(0), bytes):
        raise UnsupportedObject(
            f"{obj!r} is a text file; store its bytes: open(path, 'rb'), file.buffer or io.BytesIO(text.encode())"
        )
