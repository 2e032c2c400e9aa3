"""The store has every method and property of the API document, with its parameters."""

from __future__ import annotations

import inspect

import pytest

from omegastore import Metadata, OmegaStore

DOCUMENTED = {
    "collection": "name=None, bucket=None, prefix=None",
    "drop": "name, force=False, version=-1, **",
    "exists": "name, hidden=False",
    "get": "name, version=-1, force_python=False, kind=None, **",
    "get_backend": "name, model_store=None, data_store=None, **",
    "get_backend_bykind": "kind, model_store=None, data_store=None, **",
    "get_backend_byobj": "obj, name=None, kind=None, attributes=None, model_store=None, data_store=None, **",
    "get_dataframe_dfgroup": "name, version=-1, kwargs=None",
    "get_dataframe_documents": "name, columns=None, lazy=False, filter=None, version=-1, is_series=False, "
    "chunksize=None, **",
    "get_dataframe_hdf": "name, version=-1",
    "get_object_as_python": "meta, version=-1",
    "get_python_data": "name, version=-1, **",
    "getl": "name, version=-1, kind=None, **",
    "help": "name_or_obj=None, kind=None, raw=False",
    "list": "pattern=None, regexp=None, kind=None, raw=False, hidden=None, include_temp=False, bucket=None, "
    "prefix=None, filter=None",
    "make_metadata": "name, kind, bucket=None, prefix=None, **",
    "metadata": "name=None, bucket=None, prefix=None, version=-1",
    "object_store_key": "name, ext, hashed=None",
    "put": "obj, name, attributes=None, kind=None, replace=False, **",
    "put_dataframe_as_dfgroup": "obj, name, groupby, attributes=None",
    "put_dataframe_as_documents": "obj, name, append=None, attributes=None, index=None, timestamp=None, "
    "chunksize=None, ensure_compat=True, _fast_insert=None, **",
    "put_ndarray_as_hdf": "obj, name, attributes=None",
    "put_pyobj_as_document": "obj, name, attributes=None, append=True",
    "put_pyobj_as_hdf": "obj, name, attributes=None",
    "rebuild_params": "kwargs, collection",
    "register_backend": "kind, backend",
    "register_backends": "",
    "register_mixin": "mixincls",
    "register_mixins": "",
}
PROPERTIES = ["mongodb", "fs", "tmppath", "buckets"]
FIELDS = (
    "attributes bucket collection created gridfile kind kind_meta modified name objid prefix s3file uri".split()  # noqa: SIM905
)


def shown(function: object) -> list[str]:
    """Return the parameters as the document writes them."""
    assert callable(function)
    found: list[str] = []
    for each in inspect.signature(function).parameters.values():
        if each.kind is each.VAR_KEYWORD:
            found.append("**")
        elif each.name != "self":
            found.append(each.name if each.default is each.empty else f"{each.name}={each.default!r}")
    return found


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_documented_method_has_its_documented_parameters_first(name: str) -> None:
    wanted = [each for each in DOCUMENTED[name].split(", ") if each]
    has = shown(getattr(OmegaStore, name))
    named = [each for each in wanted if each != "**"]
    assert has[: len(named)] == named
    assert ("**" in has) == ("**" in wanted)


def test_the_constructor_shows_its_parameters() -> None:
    assert shown(OmegaStore) == [
        "mongo_url=None", "bucket=None", "prefix=None", "kind=None", "defaults=None", "dbalias=None",
    ]  # fmt: skip


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_documented_property_is_one(name: str) -> None:
    assert isinstance(inspect.getattr_static(OmegaStore, name), property)


@pytest.mark.parametrize("name", [*DOCUMENTED, *PROPERTIES])
def test_every_documented_member_says_what_it_does(name: str) -> None:
    assert inspect.getdoc(inspect.getattr_static(OmegaStore, name))


def test_metadata_has_every_documented_field(store: OmegaStore) -> None:
    meta = store.put(1, "x")
    assert [name for name in FIELDS if not hasattr(meta, name)] == []
    assert isinstance(meta, Metadata)
