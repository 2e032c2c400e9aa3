"""Commands on objects: ls, info, put, get, cp, rm."""

from __future__ import annotations

import io
import json
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from omegastore.cli.command import Command, open_store
from omegastore.cli.output import Output

FORMATS = ("file", "csv", "parquet", "json")
FRAMES = ("pandas.dfrows", "pandas.serows", "pandas.dfgroup", "mongo.collection")
"""Kinds that are written as CSV, where nothing else is asked for."""


def _ls(args: Namespace, output: Output) -> None:
    found = cast(list[Any], open_store(args).list(args.pattern, kind=args.kind, raw=True, hidden=args.all))
    rows = [(each.name, each.kind, each.version, each.size, each.modified) for each in found]
    output.table(["name", "kind", "version", "bytes", "modified"], rows)


def _ls_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("pattern", nargs="?", help="such as 'models/*'")
    parser.add_argument("--kind", help="objects of this kind")
    parser.add_argument("--all", action="store_true", help="hidden ones too")


def _info(args: Namespace, output: Output) -> None:
    store = open_store(args)
    meta = store.metadata(args.name)
    if meta is None:
        raise store.storage.missing(args.name)
    names = ("name", "bucket", "prefix", "kind", "version", "size", "rows", "created", "modified", "by", "attributes")
    output.data({name: getattr(meta, name) for name in names})


def _put(args: Namespace, output: Output) -> None:
    store = open_store(args)
    options = {} if args.kind is None else {"kind": args.kind}
    if args.format in ("csv", "parquet") and not args.append:
        options["replace"] = True
    meta = store.put(_read(args.file, args.format), args.name, attributes=_attributes(args.attribute), **options)
    output.data({"name": meta.name, "kind": meta.kind, "version": meta.version, "size": meta.size})


def _put_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", help="a path, or - for stdin")
    parser.add_argument("name")
    parser.add_argument("--format", choices=FORMATS, default="file", help="csv, parquet: a frame; json: a value")
    parser.add_argument("--kind", help="how to store it")
    parser.add_argument("--append", action="store_true", help="add the rows to those that are there")
    parser.add_argument("--attribute", action="append", default=[], metavar="KEY=VALUE", help="for Metadata")


def _read(file: str, form: str) -> Any:
    """Return the object that a file is, or holds."""
    if form == "file":
        return io.BytesIO(sys.stdin.buffer.read()) if file == "-" else Path(file)
    if form == "json":
        return json.loads(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
    import pandas as pd

    source: Any = sys.stdin.buffer if file == "-" else file
    return pd.read_csv(source) if form == "csv" else pd.read_parquet(source)


def _attributes(pairs: list[str]) -> dict[str, str] | None:
    wrong = [each for each in pairs if "=" not in each]
    if wrong:
        raise ValueError(f"--attribute {wrong[0]}: write KEY=VALUE")
    return dict(each.split("=", 1) for each in pairs) or None


def _get(args: Namespace, output: Output) -> None:
    store = open_store(args)
    meta = store.metadata(args.name)
    if meta is None:
        raise store.storage.missing(args.name)
    if meta.kind == "python.file" and args.format in (None, "file"):
        if args.file != "-":
            store.get(args.name, local=args.file)
        else:
            shutil.copyfileobj(store.get(args.name), sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return
    if store.storage.registry.by_kind(str(meta.kind)).executes_code:
        raise TypeError(f"{args.name!r} of kind {meta.kind!r} has no form as text; use export, or Python")
    _write(store.get(args.name), args.file, args.format or ("csv" if meta.kind in FRAMES else "json"))


def _get_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", help="also name@3, name@tag, name[a,b]")
    parser.add_argument("file", nargs="?", default="-", help="where to write it; default: stdout")
    parser.add_argument("--format", choices=FORMATS, help="default: files as they are, frames as csv, others as json")


def _write(value: Any, file: str, form: str) -> None:
    """Write a value as text, or as parquet."""
    if hasattr(value, "to_csv") and form in ("csv", "parquet", "json"):
        value = value.to_frame() if value.ndim == 1 else value
        if form == "parquet":
            value.to_parquet(sys.stdout.buffer if file == "-" else file)
            return
        plain = value.index.name is None and value.index.equals(value.reset_index(drop=True).index)
        text = value.to_csv(index=not plain) if form == "csv" else value.to_json(orient="records", date_format="iso")
    elif form == "json":
        text = json.dumps(value, ensure_ascii=False) + "\n"
    else:
        raise TypeError(f"a {type(value).__name__} cannot be written as {form}; try --format json")
    if file == "-":
        sys.stdout.write(text)
    else:
        Path(file).write_text(text, "utf-8")


def _cp(args: Namespace, output: Output) -> None:
    store = open_store(args)
    kept = "all" if args.all_versions else "latest"
    if args.to_bucket is None:
        meta = store.copy(args.name, args.new_name, versions=kept)
    else:
        to = store.__class__(store.storage.connection, bucket=args.to_bucket, prefix=args.prefix)
        meta = store.copy(args.name, to, as_name=args.new_name, versions=kept)
    output.data({"name": meta.name, "bucket": meta.bucket, "version": meta.version})


def _cp_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("new_name")
    parser.add_argument("--to-bucket", help="another bucket")
    parser.add_argument("--all-versions", action="store_true", help="with times and tags")


def _rm(args: Namespace, output: Output) -> None:
    store = open_store(args)
    for name in args.name:
        store.drop(name, force=args.force)


def _rm_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="+", help="also a pattern such as 'old/*'")
    parser.add_argument("--force", action="store_true", help="unknown names are no error")


def _info_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", help="also name@3, name@tag")


COMMANDS: Mapping[str, Command] = {
    "ls": Command("list objects", _ls, _ls_arguments),
    "info": Command("show what is stored under a name", _info, _info_arguments),
    "put": Command("store a file, or what is in it", _put, _put_arguments),
    "get": Command("write an object", _get, _get_arguments),
    "cp": Command("copy an object", _cp, _cp_arguments),
    "rm": Command("drop objects", _rm, _rm_arguments),
}
