"""Metadata: the document that says what is stored under a name.

It is a mongoengine document in shape. It never touches a collection by itself: each bucket has a collection of its
own, and saving is a compare-and-set, so the catalog that found the document gives it a saver.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import bson
import bson.errors
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from bson.son import SON
from mongoengine import Document
from mongoengine.base import BaseField
from mongoengine.fields import DateTimeField, IntField, StringField

from omegastore.errors import UnsupportedValue

CODEC: CodecOptions[dict[str, Any]] = CodecOptions(uuid_representation=UuidRepresentation.STANDARD)
"""How what Metadata holds is written."""


class PlainField(BaseField):  # type: ignore[misc]  # mongoengine has no types
    """A value that is kept as it is, without mongoengine's wrapping of dicts and lists."""

    def to_python(self, value: Any) -> Any:
        """Return `value` itself."""
        return value

    def to_mongo(self, value: Any) -> Any:
        """Return `value` itself."""
        return value


def _field(field: object) -> Any:
    """Let a mongoengine field stand where its value's type is declared."""
    return field


class Metadata(Document):  # type: ignore[misc]  # mongoengine has no types
    """What is stored under one name.

    Two are equal when bucket, prefix, name and version are.
    """

    meta = {"auto_create_index": False, "strict": False, "collection": "omegaml.metadata"}  # noqa: RUF012

    id: str = _field(StringField(primary_key=True))
    """Injective key of bucket, prefix and name."""
    name: str = _field(StringField())
    bucket: str = _field(StringField())
    prefix: str = _field(StringField())
    kind: str | None = _field(StringField())
    """How the object is stored."""
    collection: str | None = _field(StringField())
    """The row collection, for kinds that are stored as documents."""
    gridfile_id: Any = _field(PlainField(db_field="gridfile"))
    """The id of the GridFS file, for kinds that are stored as one."""
    objid: Any = _field(PlainField())
    """The `_id` of the last document, for kind ``python.data``."""
    kind_meta: dict[str, Any] = _field(PlainField(default=dict))
    """The backend's part."""
    attributes: dict[str, Any] = _field(PlainField(default=dict))
    """The user's part."""
    s3file: Any = _field(PlainField())
    uri: str | None = _field(StringField())
    """The location of an external payload."""
    created: datetime | None = _field(DateTimeField())
    """When the name was first stored; aware, UTC."""
    modified: datetime | None = _field(DateTimeField())
    """When this version was stored; aware, UTC."""
    version: int = _field(IntField(db_field="rev", default=int))
    """The version number, one more at each put; 0 before the first."""
    vid: Any = _field(PlainField())
    """The id of the version."""
    etag: int = _field(IntField(default=int))
    """One more at every change, that of attributes included."""
    by: str | None = _field(StringField())
    """Who stored this version, ``user@machine``."""
    payload: dict[str, Any] = _field(PlainField(default=dict))
    """Where the payload is, its size in bytes and checksum."""

    _saver: Callable[[Metadata], Mapping[str, Any]] | None = None
    _opener: Callable[[Metadata], Any] | None = None

    @classmethod
    def from_document(
        cls,
        document: Mapping[str, Any],
        saver: Callable[[Metadata], Mapping[str, Any]] | None = None,
        opener: Callable[[Metadata], Any] | None = None,
    ) -> Metadata:
        """Return the Metadata of a stored document."""
        made = cls.__new__(cls)
        # what mongoengine's __init__ and __setattr__ do, which go through each field and name by itself
        data = {
            name: value if (value := document.get(key)) is not None or default is None else default()
            for name, key, default in cls._by_name()
        }
        state = {"_data": data, "_dynamic_fields": SON(), "_cls": cls.__name__, "_saver": saver, "_opener": opener}
        for name, value in {**state, "_created": True, "_initialised": True}.items():
            object.__setattr__(made, name, value)
        return made

    @classmethod
    @functools.cache
    def _by_name(cls) -> list[tuple[str, str, Callable[[], Any] | None]]:
        """Return the names of the fields, those that they are stored under, and what makes the default of each."""
        fields: Mapping[str, Any] = getattr(cls, "_fields")  # noqa: B009  # mongoengine's metaclass makes it
        return [(name, field.db_field, field.default) for name, field in fields.items()]

    @property
    def gridfile(self) -> Any:
        """The file of this version, opened for reading, be it in GridFS or inline; None if it has none."""
        if self._opener is None or not self.payload.get("parts"):
            return None
        return self._opener(self)

    @property
    def size(self) -> int:
        """Bytes of the payload."""
        return int(self.payload.get("size", 0))

    @property
    def rows(self) -> int | None:
        """Rows of the payload, None for kinds that are not stored as rows."""
        rows = self.payload.get("rows")
        return None if rows is None else sum(each["n"] for each in rows["batches"])

    def save(self, *args: Any, **kwargs: Any) -> Metadata:
        """Store the attributes, kind_meta, uri and s3file as they are now, unless somebody changed them since.

        Raises
        ------
        Conflict
            When the object was changed since this Metadata was read.
        """
        if self._saver is None:
            raise TypeError(f"{self!r} is not of a store; get it from store.metadata() or store.make_metadata()")
        saved = self._saver(self)
        self.etag, self.version = saved["etag"], saved["rev"]
        self.created, self.modified = saved["created"], saved["modified"]
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Metadata):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[object, ...]:
        return (self.bucket, self.prefix, self.name, self.version)

    def __repr__(self) -> str:
        return (
            f"<Metadata {self.prefix + self.name!r} bucket={self.bucket!r} kind={self.kind!r} version={self.version}>"
        )

    __str__ = __repr__


def merged(stored: Mapping[str, Any] | None, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the attributes after a change: None leaves them, an empty dict resets, another one updates.

    Examples
    --------
    >>> merged({"a": 1}, None), merged({"a": 1}, {}), merged({"a": 1}, {"b": 2})
    ({'a': 1}, {}, {'a': 1, 'b': 2})
    """
    if given is None:
        return dict(stored or {})
    return {**(stored or {}), **given} if given else {}


def check_attributes(attributes: Mapping[str, Any] | None) -> None:
    """Raise UnsupportedValue for attributes that MongoDB cannot hold."""
    if attributes is not None and not isinstance(attributes, Mapping):
        raise UnsupportedValue(f"attributes={attributes!r} is not a dict")
    for name, value in (attributes or {}).items():
        if type(name) is not str or "\0" in name:
            raise UnsupportedValue(f"the attribute {name!r} is not named by a str without NUL")
        try:
            bson.encode({name: value}, codec_options=CODEC)
        except (bson.errors.InvalidDocument, OverflowError, TypeError, ValueError) as error:
            raise UnsupportedValue(
                f"the attribute {name!r} is {value!r}, which MongoDB cannot hold; use plain values: {error}"
            ) from error
