"""Commands on objects: ls, info, put, get, cp, rm."""

from __future__ import annotations

import io
import json
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from omegastore.cli.command import Command, open_store
from omegastore.cli.output import Output

if TYPE_CHECKING:
    from omegastore.store import OmegaStore

TABLES = ("csv", "parquet")
FORMATS = ("file", *TABLES, "json")
TEXTS = {
    "python.file": "file",
    **dict.fromkeys(("pandas.dfrows", "pandas.serows", "pandas.dfgroup", "pandas.hdf", "mongo.collection"), "csv"),
    **dict.fromkeys(("python.data", "python.object", "python.hdf"), "json"),
}
"""How objects are written where nothing else is asked for, by their kind."""


def _ls(args: Namespace, output: Output) -> None:
    listed = open_store(args).list(args.pattern, kind=args.kind, raw=True, hidden=args.all, include_temp=args.all)
    found = cast(list[Any], listed)
    rows = [(each.name, each.kind, each.version, each.size, each.modified) for each in found]
    output.table(["name", "kind", "version", "bytes", "modified"], rows)


def _ls_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("pattern", nargs="?", help="such as 'models/*'")
    parser.add_argument("--kind", help="objects of this kind")
    parser.add_argument("--all", action="store_true", help="also those that begin with . or _")


def _info(args: Namespace, output: Output) -> None:
    store = open_store(args)
    meta = store.metadata(args.name)
    if meta is None:
        raise store.storage.missing(args.name)
    names = ("name", "bucket", "prefix", "kind", "version", "size", "rows", "created", "modified", "by", "attributes")
    output.data({name: getattr(meta, name) for name in names})


def _put(args: Namespace, output: Output) -> None:
    store = open_store(args)
    options: dict[str, Any] = {"append": True} if args.append else {"replace": True}
    attributes, kind = _attributes(args.attribute), args.kind
    if kind in (None, "pandas.dfrows") and _streams(store, args.file, args.format):
        obj, kind = Path(args.file), "pandas.dfrows"
    else:
        obj = _read(args.file, args.format)
    meta = store.put(obj, args.name, attributes=attributes, kind=kind, **options)
    output.data({"name": meta.name, "kind": meta.kind, "version": meta.version, "size": meta.size})


def _put_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", help="a path, or - for stdin")
    parser.add_argument("name")
    parser.add_argument("--format", choices=FORMATS, default="file", help="csv, parquet: a frame; json: a value")
    parser.add_argument("--kind", help="how to store it")
    parser.add_argument("--append", action="store_true", help="add the rows to those that are there")
    parser.add_argument("--attribute", action="append", default=[], metavar="KEY=VALUE", help="for Metadata")


def _streams(store: OmegaStore, file: str, form: str) -> bool:
    """Return whether the store reads the table in this file by itself, in bounded memory; it goes by the name."""
    is_named = form in TABLES and f".{form}" in Path(file).suffixes
    return is_named and store.get_backend_bykind("pandas.dfrows").supports(Path(file))


def _read(file: str, form: str) -> Any:
    """Return the object that a file is, or holds."""
    if form == "file":
        return io.BytesIO(sys.stdin.buffer.read()) if file == "-" else Path(file)
    if form == "json":
        return json.loads(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
    import pandas as pd

    source: Any = sys.stdin.buffer if file == "-" else file
    return pd.read_csv(source) if form == "csv" else pd.read_parquet(source, dtype_backend="pyarrow")


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
    form = args.format or TEXTS.get(str(meta.kind))
    if form is None:
        raise TypeError(f"{args.name!r} of kind {meta.kind!r} has no form as text; use export, or Python")
    if meta.kind != "python.file":
        _write(store.get(args.name), args.file, form)
    elif form != "file":
        raise TypeError(f"{args.name!r} is a file, which is written as it is, not as {form}")
    elif args.file != "-":
        store.get(args.name, local=args.file)
    else:
        shutil.copyfileobj(store.get(args.name), sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _get_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", help="also name@3, name@tag, name[a,b]")
    parser.add_argument("file", nargs="?", default="-", help="where to write it; default: stdout")
    parser.add_argument("--format", choices=FORMATS, help="default: files as they are, frames as csv, others as json")


def _write(value: Any, file: str, form: str) -> None:
    """Write a value as text, or as parquet."""
    is_frame = hasattr(value, "to_csv")
    if form == "file" or (form != "json" and not is_frame):
        raise TypeError(f"a {type(value).__name__} cannot be written as {form}; try --format json")
    if not is_frame:
        text = json.dumps(value, ensure_ascii=False) + "\n"
    else:
        frame = value.to_frame() if value.ndim == 1 else value
        if form == "parquet":
            frame.to_parquet(sys.stdout.buffer if file == "-" else file)
            return
        is_counted = frame.index.name is None and frame.index.equals(frame.reset_index(drop=True).index)
        text = frame.to_csv(index=not is_counted) if form == "csv" else _records(frame, is_counted)
    if file == "-":
        sys.stdout.write(text)
    else:
        Path(file).write_text(text, "utf-8")


def _records(frame: Any, is_counted: bool) -> str:
    """Return the rows as a JSON array of objects; an index that says something is in them."""
    rows = frame if is_counted else frame.reset_index()
    return str(rows.to_json(orient="records", date_format="iso", force_ascii=False)) + "\n"


def _cp(args: Namespace, output: Output) -> None:
    store, new = open_store(args), args.new_name or args.name
    kept = "all" if args.all_versions else "latest"
    if args.to_bucket is None:
        meta = store.copy(args.name, new, versions=kept)
    else:
        meta = store.copy(args.name, open_store(args, args.to_bucket), as_name=new, versions=kept)
    output.data({"name": meta.name, "bucket": meta.bucket, "version": meta.version})


def _cp_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("new_name", nargs="?", help="default: the same, in another bucket")
    parser.add_argument("--to-bucket", help="another bucket")
    parser.add_argument("--all-versions", action="store_true", help="with times and tags")


def _rm(args: Namespace, output: Output) -> None:
    store = open_store(args)
    for name in args.name:
        store.drop(name, force=args.force, version=args.version)


def _rm_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="+", help="also a pattern such as 'old/*'")
    parser.add_argument("--version", type=int, default=-1, help="this version alone; default: all")
    parser.add_argument("--force", action="store_true", help="unknown names are no error")


def _info_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", help="also name@3, name@tag")


COMMANDS: Mapping[str, Command] = {
    "ls": Command("list objects", _ls, _ls_arguments),
    "info": Command("show what is stored under a name", _info, _info_arguments),
    "put": Command("store a file, or what is in it", _put, _put_arguments),
    "get": Command("write an object to a file or to stdout", _get, _get_arguments),
    "cp": Command("copy an object", _cp, _cp_arguments),
    "rm": Command("drop objects", _rm, _rm_arguments),
}
