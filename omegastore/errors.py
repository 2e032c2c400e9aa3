"""Every error that omegastore raises, as one tree.

Each class is also the builtin that a caller would expect, so ``except KeyError`` works for a missing
object as it does for a dict::

    OmegaStoreError
    ├── InvalidName (ValueError)             a name that no object may have
    ├── InvalidOption (TypeError)            a keyword that the kind does not take
    ├── InvalidSetting (ValueError)          a setting or URL that cannot be used
    ├── InvalidFilter (ValueError)           a condition that cannot be asked
    │   ├── UnknownColumn (KeyError)
    │   ├── UnknownOperator
    │   └── UnsafeFilter                     an operator hidden in a value, or one that runs code
    ├── UnsupportedObject (TypeError)        no backend keeps objects of this type
    ├── UnsupportedValue (ValueError)        the backend is right, but a value in the object cannot be kept
    ├── SchemaMismatch (ValueError)          rows that do not fit the rows that are there
    ├── DoesNotExist (KeyError, mongoengine.DoesNotExist)
    │   ├── VersionGone                      the version existed and was pruned
    │   ├── NoFrame (OSError, ValueError)    the project has no such frame, or not where it is looked for
    │   └── NoMember (AttributeError)        a container of the project does not have it
    ├── UnknownKind (ValueError)
    ├── MissingExtra (ImportError)           the kind needs an optional package
    ├── Conflict (RuntimeError)              somebody else changed the object first
    ├── Frozen (OSError)                     a frame that is not changed any more
    ├── NoProject (ConnectionRefusedError)   no engine was launched, or no project is set
    ├── ReadOnly (PermissionError)           the past of a store cannot be changed
    ├── Aborted (RuntimeError)               the write took too long and lost its lease
    ├── WorkerDied (RuntimeError)            the process that did the work is gone
    ├── WorkTimeout (TimeoutError)           the work took longer than it was given
    ├── Corrupt (RuntimeError)               the payload is not what was written
    ├── UntrustedError (PermissionError)     the payload may run code and nobody vouches for it
    ├── StoreFullError (OSError)
    ├── UnsupportedServer (NotImplementedError)  the server cannot do what was asked
    └── ServerUnavailable (ConnectionError)  no server answers
        └── EmbeddedServerError              the embedded server cannot be found or started
"""

from __future__ import annotations

from mongoengine.errors import DoesNotExist as _MongoengineDoesNotExist


class OmegaStoreError(Exception):
    """Base of all errors of omegastore."""

    def __str__(self) -> str:
        # KeyError would show the repr of the message
        return Exception.__str__(self)


class InvalidName(OmegaStoreError, ValueError):
    """A name, bucket or prefix that cannot be used."""


class InvalidOption(OmegaStoreError, TypeError):
    """A keyword that the kind does not take, or a value that the keyword does not take."""


class InvalidSetting(OmegaStoreError, ValueError):
    """A setting or URL that cannot be used."""


class InvalidFilter(OmegaStoreError, ValueError):
    """A condition that cannot be asked of the stored rows."""


class UnknownColumn(InvalidFilter, KeyError):
    """A column that the object does not have."""


class UnknownOperator(InvalidFilter):
    """An operator that no condition has."""


class UnsafeFilter(InvalidFilter):
    """A condition that carries an operator in a value, or one that would run code on the server."""


class UnsupportedObject(OmegaStoreError, TypeError):
    """An object that no backend, or not the asked one, can keep."""


class UnsupportedValue(OmegaStoreError, ValueError):
    """A value within an object of a supported type that cannot be kept exactly."""


class SchemaMismatch(OmegaStoreError, ValueError):
    """Rows to append whose columns or index do not fit the rows that are stored."""


class DoesNotExist(OmegaStoreError, KeyError, _MongoengineDoesNotExist):  # type: ignore[misc]  # no types
    """A name or version that the store does not have."""


class VersionGone(DoesNotExist):
    """A version that existed and was pruned since."""


class NoFrame(DoesNotExist, OSError, ValueError):
    """A frame that the project does not have, or not where it is looked for: as a working copy, or saved."""


class NoMember(DoesNotExist, AttributeError):
    """A frame or pipeline that a container of the project does not have."""


class UnknownKind(OmegaStoreError, ValueError):
    """A kind that no backend is registered for."""


class MissingExtra(OmegaStoreError, ImportError):
    """A kind whose optional package is not installed."""


class Conflict(OmegaStoreError, RuntimeError):
    """Somebody else changed the object between reading and writing it."""


class Frozen(OmegaStoreError, OSError):
    """A change of a frame that is not changed any more."""


class NoProject(OmegaStoreError, ConnectionRefusedError):
    """Something that needs a project, where no engine was launched, none is set, or it was deleted."""


class ReadOnly(OmegaStoreError, PermissionError):
    """A change of a store that shows the past."""


class Aborted(OmegaStoreError, RuntimeError):
    """A write whose lease ended before it was committed; nothing of it is visible."""


class WorkerDied(OmegaStoreError, RuntimeError):
    """The process that did the work ended before it was done; nothing of it is visible."""


class WorkTimeout(OmegaStoreError, TimeoutError):
    """Work that took longer than it was given; nothing of it is visible."""


class Corrupt(OmegaStoreError, RuntimeError):
    """A payload whose size, count or checksum is not the one that was committed."""


class UntrustedError(OmegaStoreError, PermissionError):
    """A payload that may run code on load and carries no valid signature."""


class StoreFullError(OmegaStoreError, OSError):
    """The server's disk has no room for the payload."""


class UnsupportedServer(OmegaStoreError, NotImplementedError):
    """A server that cannot do what was asked, such as a standalone one that is to be watched."""


class ServerUnavailable(OmegaStoreError, ConnectionError):
    """No server answers at the configured address."""


class EmbeddedServerError(ServerUnavailable):
    """The embedded server cannot be found or started."""
