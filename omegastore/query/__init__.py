r"""Filters: ``column__op=value`` and `Q` objects to a MongoDB filter that selects what a pandas mask would.

A condition is true or false for every row, never unknown: a missing value (null, NaN, NaT or an absent field)
fulfils no comparison, and ``~`` selects exactly the rows that its operand does not. That is what masks over
numpy columns do in pandas, and it holds here for every column, nullable ones too.

================  ==================================  ====================================================
operator          pandas                              MongoDB (``p`` is the path of the column)
================  ==================================  ====================================================
eq, or none       ``x == v``; ``x.isna()`` if v is    ``{p: {$eq: v}}``; as isnull
                  missing
ne, not           ``~(x == v)``                       ``{p: {$not: {$eq: v}}}``
lt lte gt gte     ``x < v`` ...; False if v is        ``{p: {$lt: v}}`` ...
                  missing
in, nin           ``x.isin(v)``, ``~x.isin(v)``       ``{p: {$in: v}}``, its negation; with a missing value
                                                      in v also as isnull
between           ``x.between(a, b)``                 ``{p: {$gte: a, $lte: b}}``
isnull            ``x.isna() == v``                   ``{p: {$in: [null, NaN], $not: {$type: array}}}``
exists            (the field is stored)               ``{p: {$exists: v}}``
contains          ``x.str.contains(v, regex=False)``  ``{p: {$regex: escaped}}``
startswith        ``x.str.startswith(v)``             ``{p: {$regex: ^escaped}}``
endswith          ``x.str.endswith(v)``               ``{p: {$regex: escaped\z}}``
regex             ``x.str.contains(v)``               ``{p: {$regex: v, $options: flags}}``
type              (BSON type, by name or number)      ``{p: {$type: v}}``
all               ``x.map(set(v).issubset)``          ``{p: {$all: v}}``
elemmatch         (some element fulfils all of v)     ``{p: {$elemMatch: ...}}``
near              (order and distance on the globe)   ``{p: {$near: {$geometry: ...}}}``
geowithin         ``x.within(v)``                     ``{p: {$geoWithin: {$geometry: v}}}``
geointersects     ``x.intersects(v)``                 ``{p: {$geoIntersects: {$geometry: v}}}``
``& | ~``         ``& | ~``                           ``$and``, ``$or``, ``$nor`` or ``$not``
================  ==================================  ====================================================

Columns that hold lists keep MongoDB's meaning: a comparison holds if it holds for the list or for any of its
elements. Only isnull looks at the value itself: a list is never missing, whatever it holds.

Keys of an elemmatch are conditions on the element's fields (``items__elemmatch={"price__gt": 5}``), or, with
nothing before the operator, on the element itself (``scores__elemmatch={"__gte": 80, "__lt": 85}``).

Values are never operators. A dict with a key that begins with ``$`` is refused unless it is wrapped in `raw`,
and what is wrapped still passes the allow-list of `guard`.
"""

from __future__ import annotations

from omegastore.query.compiler import compile_filter
from omegastore.query.field import Field
from omegastore.query.guard import guard
from omegastore.query.q import Q, Raw, raw
from omegastore.query.value import milliseconds, natural

__all__ = ["Field", "Q", "Raw", "compile_filter", "guard", "milliseconds", "natural", "raw"]
