"""Names: what an object may be called, the syntax around a name, its keys in the database, and globs."""

from __future__ import annotations

from omegastore.naming.check import (
    RESERVED,
    check_bucket,
    check_name,
    check_prefix,
    check_tag,
    check_text,
    is_hidden,
    is_temporary,
)
from omegastore.naming.glob import glob_regex, is_glob
from omegastore.naming.key import (
    bucket_database,
    bucket_space,
    collection_name,
    document_key,
    object_store_key,
    versioned_collection,
)
from omegastore.naming.objectname import Columns, Iteration, ObjectName, parse

__all__ = [
    "RESERVED",
    "Columns",
    "Iteration",
    "ObjectName",
    "bucket_database",
    "bucket_space",
    "check_bucket",
    "check_name",
    "check_prefix",
    "check_tag",
    "check_text",
    "collection_name",
    "document_key",
    "glob_regex",
    "is_glob",
    "is_hidden",
    "is_temporary",
    "object_store_key",
    "parse",
    "versioned_collection",
]
