"""Guard: the allow-list of operators for MongoDB filters that callers write themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from bson import Regex

from omegastore.errors import InvalidFilter, UnsafeFilter
from omegastore.query.value import natural

_QUERY = frozenset(
    """
    $eq $ne $gt $gte $lt $lte $in $nin $and $or $nor $not $exists $type $mod $regex $options $all
    $elemMatch $size $geoWithin $geoIntersects $near $nearSphere $geometry $maxDistance $minDistance
    $box $polygon $center $centerSphere $bitsAllClear $bitsAllSet $bitsAnyClear $bitsAnySet $comment
    $expr $text $search $language $caseSensitive $diacriticSensitive
    """.split()  # noqa: SIM905  # a list with a line for each would bury the rest
)
"""Operators of find() that only look at the document itself; $where and $jsonSchema are not among them."""

_EXPRESSION = frozenset(
    """
    $eq $ne $gt $gte $lt $lte $cmp $and $or $not $cond $ifNull $switch $literal $let $in $isArray
    $size $map $filter $reduce $arrayElemAt $first $last $firstN $lastN $maxN $minN $slice
    $concatArrays $indexOfArray $reverseArray $range $sortArray $zip $arrayToObject $objectToArray
    $mergeObjects $getField $setField $unsetField $setUnion $setIntersection $setDifference
    $setEquals $setIsSubset $allElementsTrue $anyElementTrue $abs $add $subtract $multiply $divide
    $mod $ceil $floor $round $trunc $exp $ln $log $log10 $pow $sqrt $sin $cos $tan $asin $acos $atan
    $atan2 $sinh $cosh $tanh $asinh $acosh $atanh $degreesToRadians $radiansToDegrees $avg $sum $min
    $max $stdDevPop $stdDevSamp $concat $substr $substrBytes $substrCP $strLenBytes $strLenCP
    $strcasecmp $indexOfBytes $indexOfCP $split $toLower $toUpper $trim $ltrim $rtrim $replaceOne
    $replaceAll $regexMatch $regexFind $regexFindAll $year $month $week $dayOfMonth $dayOfWeek
    $dayOfYear $hour $minute $second $millisecond $isoWeek $isoWeekYear $isoDayOfWeek $dateAdd
    $dateSubtract $dateDiff $dateTrunc $dateToString $dateFromString $dateToParts $dateFromParts
    $type $isNumber $convert $toBool $toDate $toDecimal $toDouble $toInt $toLong $toObjectId
    $toString $binarySize $bsonSize
    """.split()  # noqa: SIM905  # a list with a line for each would bury the rest
)
"""Expressions within $expr that neither run code nor reach other collections."""

_NESTING = 90


def guard(mongo_filter: Mapping[str, object]) -> dict[str, object]:
    """Check a MongoDB filter against the allow-list, at every depth.

    Parameters
    ----------
    mongo_filter : mapping
        What could be given to ``collection.find()``. It is not changed.

    Returns
    -------
    dict
        A copy made of plain dicts and lists, with numpy and pandas values in their BSON form.

    Raises
    ------
    UnsafeFilter
        If it holds ``$where``, ``$function``, ``$accumulator`` or any operator that is not known to be safe.
    InvalidFilter
        If it is not a mapping, or holds a value that BSON does not have.
    """
    if not isinstance(mongo_filter, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # untyped callers
        raise InvalidFilter(f"a MongoDB filter is a dict, not {mongo_filter!r}")
    return _mapping(mongo_filter, _QUERY, 0)


def _mapping(mapping: Mapping[str, object], allowed: frozenset[str], depth: int) -> dict[str, object]:
    if depth > _NESTING:
        raise InvalidFilter(f"the filter is nested deeper than {_NESTING} levels")
    checked: dict[str, object] = {}
    for key, value in mapping.items():
        if type(key) is not str or "\0" in key:
            raise InvalidFilter(f"keys of a MongoDB filter are plain str without NUL, not {key!r}")
        if key.startswith("$") and key not in allowed:
            near = ", ".join(get_close_matches(key, allowed)) or "$eq, $in, $gt, $regex, ..."
            raise UnsafeFilter(f"{key!r} is not allowed in a filter; allowed are {near}")
        checked[key] = _value(value, _EXPRESSION if key == "$expr" else allowed, depth + 1)
    return checked


def _value(value: object, allowed: frozenset[str], depth: int) -> object:
    if isinstance(value, Mapping):
        return _mapping(value, allowed, depth)
    if isinstance(value, list | tuple | set | frozenset):
        if depth > _NESTING:
            raise InvalidFilter(f"the filter is nested deeper than {_NESTING} levels")
        return [_value(each, allowed, depth + 1) for each in value]
    if isinstance(value, re.Pattern | Regex):
        return value
    # a NaN on its own means NaN here, not missing
    return float(value) if isinstance(value, float) else natural(value)
