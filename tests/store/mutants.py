"""A sound backend, and backends that are broken in one way each; each says in its first line how."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any, ClassVar

from bson.objectid import ObjectId

from omegastore.backend import Backend, Options
from omegastore.backends.estimator import EstimatorBackend
from omegastore.backends.pydata import PyDataBackend
from omegastore.metadata import Metadata
from omegastore.testing.backend_tests import BackendTests
from omegastore.wrapper import WrapperBackend


class Sound(Backend[Any, Options, Options]):
    """Keeps lists as JSON."""

    kind = "test.json"

    @classmethod
    def supports(cls, obj: object) -> bool:
        return isinstance(obj, list)

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        self.context.blobs.write(json.dumps(obj).encode())
        meta.kind_meta = {"length": len(obj)}
        return meta

    def get(self, meta: Metadata, options: Options) -> Any:
        return json.loads(self.context.blobs.read())


class Undocumented(Sound):
    __doc__ = None


class Disordered(Sound):
    """Loses the order."""

    def get(self, meta: Metadata, options: Options) -> Any:
        return super().get(meta, options)[::-1]


class Converting(Sound):
    """Gives numbers back as text."""

    def get(self, meta: Metadata, options: Options) -> Any:
        return [str(each) for each in super().get(meta, options)]


class Cutting(Sound):
    """Reads the first block of a file alone."""

    def get(self, meta: Metadata, options: Options) -> Any:
        with self.context.blobs.open() as file:
            return json.loads(file.read(1000))


class Remembering(Sound):
    """Keeps the latest object in the process, where the store should keep it."""

    latest: Any = None

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        type(self).latest = obj
        return super().put(obj, meta, options)

    def get(self, meta: Metadata, options: Options) -> Any:
        return type(self).latest


class Exhausting(Sound):
    """Can be read once."""

    seen: set[Any] = set()  # noqa: RUF012  # shared, which is its fault

    def get(self, meta: Metadata, options: Options) -> Any:
        found = super().get(meta, options) if meta.vid not in self.seen else []
        self.seen.add(meta.vid)
        return found


class Changing(Sound):
    """Changes the caller's object."""

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        meta = super().put(obj, meta, options)
        obj.append("put")
        return meta


class Hoarding(Sound):
    """Keeps the object in its description, and no payload."""

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        meta.kind_meta = {"obj": list(obj)}
        return meta

    def get(self, meta: Metadata, options: Options) -> Any:
        return list(meta.kind_meta["obj"])


class Unspeakable(Sound):
    """Describes the object by what BSON cannot hold."""

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        meta = super().put(obj, meta, options)
        meta.kind_meta["type"] = type(obj)
        return meta


class Beside(Sound):
    """Keeps a copy in a collection of its own, at once and for ever (a leak on drop)."""

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        self.context.collections.collection_of("mine").insert_one({"copy": obj})
        return super().put(obj, meta, options)


class Shared(Sound):
    """Keeps all objects in one collection, by their names."""

    def key(self, meta: Metadata) -> str:
        return f"{meta.bucket}/{meta.prefix}/{meta.name}"

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        shared, key = self.context.collections.collection_of("shared"), self.key(meta)
        shared.replace_one({"_id": key}, {"_id": key, "obj": obj}, upsert=True)
        return super().put(obj, meta, options)

    def get(self, meta: Metadata, options: Options) -> Any:
        return self.context.collections.collection_of("shared").find_one({"_id": self.key(meta)})["obj"]


class Folding(Shared):
    """Takes names for the same that differ in case."""

    def key(self, meta: Metadata) -> str:
        return super().key(meta).lower()


class BucketBlind(Shared):
    """Takes an object of another bucket for its own."""

    def key(self, meta: Metadata) -> str:
        return meta.name


class Rooted(Sound):
    """Cannot be read under another name than it was put under."""

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        meta = super().put(obj, meta, options)
        meta.kind_meta["name"] = meta.name
        return meta

    def get(self, meta: Metadata, options: Options) -> Any:
        return super().get(meta, options) if meta.kind_meta["name"] == meta.name else []


class HalfWritten(Sound):
    """Notes the object elsewhere before its payload is written, so that half of a put is seen."""

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        noted = self.context.collections.collection_of("noted")
        key = ObjectId()
        noted.insert_one({"_id": key})
        meta = super().put(obj, meta, options)
        noted.delete_one({"_id": key})
        return meta


class Greedy(Sound):
    """Takes any object, and keeps its text."""

    @classmethod
    def supports(cls, obj: object) -> bool:
        return True

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        return super().put(obj if isinstance(obj, list) else [str(obj)], meta, options)


class Denying(Sound):
    """Says that it does not keep what it keeps."""

    @classmethod
    def supports(cls, obj: object) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Anything(Options):
    """Options with a typing error among them."""

    replcae: bool = False


class Swallowing(Sound):
    """Takes an option that nobody knows, and ignores it."""

    put_options = Anything
    get_options = Anything


class Waiting(Sound):
    """Hands the object from check to put through the class, so that writers mix theirs up."""

    waiting: Any = None

    def check(self, obj: Any, options: Options) -> None:
        type(self).waiting = obj
        time.sleep(0.01)

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        return super().put(type(self).waiting, meta, options)


class Unverified(Sound):
    """Reads the stored bytes past their checksum."""

    def get(self, meta: Metadata, options: Options) -> Any:
        return json.loads(meta.payload["parts"][0]["data"].rstrip(b"]\\") + b"]")


class LazyInName(Sound):
    """Says that it reads lazily, and does not."""

    supports_lazy = True


class Lossy(WrapperBackend, wraps=PyDataBackend):
    """Says that it appends, and keeps the last object alone."""

    def get(self, meta: Metadata, options: Options) -> Any:
        return super().get(meta, options)[-1:]


class Trusting(WrapperBackend, wraps=EstimatorBackend):
    """Runs code without asking for a signature."""

    executes_code = False

    def needs_trust(self, meta: Metadata) -> bool:
        return False


class Lists(BackendTests[Any]):
    """The kit for lists as JSON; long enough for several chunks."""

    backend: ClassVar[type[Backend[Any, Any, Any]]] = Sound
    by_kind_only = True

    def make(self, seed: int) -> Any:
        return [seed, "text" * 500]

    def same(self, left: Any, right: Any) -> bool:
        return type(left) is type(right) and repr(left) == repr(right)


class Data(Lists):
    """The kit for lists that are appended to."""

    backend = PyDataBackend
    by_kind_only = False

    def returned(self, obj: Any) -> Any:
        return [obj]

    def appended(self, first: Any, second: Any) -> Any:
        return [first, second]


class Estimator:
    """Looks like an estimator."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self) -> None: ...

    def get_params(self) -> dict[str, int]:
        return {"seed": self.seed}

    def __repr__(self) -> str:
        return f"Estimator({self.seed})"


class Estimators(Lists):
    """The kit for estimators."""

    backend = EstimatorBackend
    by_kind_only = False
    needs_trust = True

    def make(self, seed: int) -> Any:
        return Estimator(seed)


MUTANTS: list[tuple[type[Lists], type[Backend[Any, Any, Any]], str]] = [
    (Lists, Undocumented, "test_the_backend_is_documented"),
    (Lists, Disordered, "test_what_was_put_comes_back"),
    (Lists, Converting, "test_what_was_put_comes_back"),
    (Lists, Cutting, "test_what_is_spread_over_chunks_comes_back"),
    (Lists, Remembering, "test_a_second_put_makes_a_version_and_both_are_readable"),
    (Lists, Exhausting, "test_it_is_read_again_and_by_another_store"),
    (Lists, Changing, "test_the_callers_object_is_unchanged"),
    (Lists, Hoarding, "test_size_and_checksum_are_those_of_what_is_stored"),
    (Lists, Unspeakable, "test_metadata_is_bson_and_is_saved"),
    (Lists, Beside, "test_drop_and_gc_leave_nothing_of_it"),
    (Lists, Shared, "test_a_second_put_makes_a_version_and_both_are_readable"),
    (Lists, Folding, "test_names_do_not_collide"),
    (Lists, BucketBlind, "test_buckets_and_prefixes_are_apart"),
    (Lists, Rooted, "test_it_is_moved_as_it_is"),
    (Lists, HalfWritten, "test_an_interrupted_first_put_leaves_no_object"),
    (Lists, Greedy, "test_an_object_that_is_refused_leaves_the_old_one"),
    (Lists, Denying, "test_it_is_found_by_its_object_or_by_its_kind_alone"),
    (Lists, Swallowing, "test_an_unknown_option_is_refused_by_name"),
    (Lists, Waiting, "test_of_several_writers_the_last_one_wins_and_every_version_is_whole"),
    (Lists, Unverified, "test_bytes_that_were_changed_are_not_read"),
    (Lists, LazyInName, "test_a_lazy_read_has_the_same_value_or_is_refused"),
    (Data, Lossy, "test_a_put_appends_or_refuses_to"),
    (Estimators, Trusting, "test_what_can_run_code_is_signed_and_nothing_else_is"),
]
"""The kit that is run, the mutant, and the test that catches it."""
