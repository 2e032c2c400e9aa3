"""MixinTests: what every mixin has to do; the author of one subclasses it and names the mixin."""

# ruff: noqa: D102  # the name of a test is its sentence

from __future__ import annotations

import inspect
import pickle
from abc import ABC
from typing import Any, ClassVar

import pytest
from pymongo.database import Database

from omegastore.backends import SPECS
from omegastore.base import BaseStore
from omegastore.errors import DoesNotExist
from omegastore.extension import extended
from omegastore.store import OmegaStore
from omegastore.testing.plugin import database_url
from omegastore.testing.subject import KEY

VERBS = ("put", "get", "getl", "drop")
SPEC = next(spec for spec in SPECS if spec.kind == "python.object")
"""A backend, for classes of stores that know none."""


class MixinTests(ABC):
    """The conformance tests of a mixin, run against a real MongoDB.

    A subclass whose name begins with ``Test`` sets `mixin`, and adds tests of what its verbs do.

    Examples
    --------
    >>> class Shouting:
    ...     '''Names in capitals.'''
    ...
    ...     def shout(self):
    ...         '''Return the names in capitals.'''
    ...         return [name.upper() for name in self.list()]
    >>> class TestShouting(MixinTests):
    ...     mixin = Shouting
    """

    mixin: ClassVar[type]
    """The mixin; it can be imported from its module."""
    base: ClassVar[type[BaseStore]] = OmegaStore
    """The class of stores that it is added to."""

    @pytest.fixture
    def plain(self, omegastore_url: str, omegastore_database: Database[dict[str, Any]]) -> BaseStore:
        """Return a store on a fresh database, without the mixin."""
        url = database_url(omegastore_url, omegastore_database.name)
        return self.base(url, defaults={"OMEGA_STORE_SIGNING_KEY": KEY})

    @pytest.fixture
    def store(self, plain: BaseStore) -> Any:
        """Return another store on that database, with the mixin."""
        return extended(self.base, self.mixin)(plain.storage.connection, defaults=plain.defaults)

    @property
    def names(self) -> list[str]:
        """The public names that the mixin adds."""
        return [name for name in vars(self.mixin) if not name.startswith("_")]

    def test_the_mixin_and_its_verbs_are_documented(self) -> None:
        assert self.names
        assert (vars(self.mixin).get("__doc__") or "").strip()
        documented = {name: (inspect.getdoc(vars(self.mixin)[name]) or "").strip() for name in self.names}
        assert [name for name, text in documented.items() if not text.partition("\n")[0].endswith(".")] == []

    def test_it_only_adds(self, store: BaseStore) -> None:
        others = [cls for cls in type(store).__mro__ if cls is not self.mixin]
        assert {name for cls in others for name in vars(cls)} & set(self.names) == set()
        for verb in VERBS:
            assert inspect.getattr_static(store, verb) is vars(BaseStore)[verb]

    def test_a_mixin_that_hides_a_verb_of_it_is_refused(self, store: BaseStore) -> None:
        for name in self.names:
            with pytest.raises(TypeError, match=f"{name} would hide .*{name}; a mixin only adds"):
                extended(type(store), type("Evil", (), {name: None}))

    def test_it_has_no_state(self, plain: BaseStore, store: BaseStore) -> None:
        assert "__init__" not in vars(self.mixin), "what must be kept lives in a service or in Metadata"
        assert set(vars(store)) == set(vars(plain))

    def test_it_reaches_one_store_only(self, plain: BaseStore, store: BaseStore) -> None:
        assert [name for name in self.names if not hasattr(type(store), name)] == []
        assert [name for name in self.names if hasattr(type(plain), name)] == []
        assert [name for name in self.names if hasattr(self.base, name)] == []

    def test_a_store_with_it_is_another_view_of_the_same_objects(self, plain: BaseStore, store: BaseStore) -> None:
        for each in (plain, store):
            each.storage.registry.add(SPEC, replace=True)
        assert store == plain
        assert store.put("text", "object").version == 1
        assert plain.get("object") == "text"
        assert plain.drop("object")
        with pytest.raises(DoesNotExist):
            store.get("object")

    def test_it_is_there_once_however_often_it_is_added(self, store: BaseStore) -> None:
        again = extended(type(store), self.mixin)
        assert again is type(store)
        assert again is extended(self.base, self.mixin)
        assert again.__mro__.count(self.mixin) == 1

    def test_a_store_with_it_is_pickled(self, store: BaseStore) -> None:
        copy = pickle.loads(pickle.dumps(store))  # noqa: S301  # it was pickled in this line
        assert copy == store
        assert isinstance(copy, self.mixin)
        assert [name for name in self.names if not hasattr(type(copy), name)] == []
