"""Index: lets MongoDB find the rows of a key without reading all rows."""

from __future__ import annotations

import logging

from pymongo.errors import OperationFailure

from omegastore.mdataframe.plan import Plan

logger = logging.getLogger("omegastore.mdataframe")


def prepare(plan: Plan, field: str) -> None:
    """Make an index on a field of the stored rows of a plan, unless it is there.

    It goes with the rows: a put of the frame has rows of its own. Where this user may not make one, joins are slow.
    """
    if field not in plan.fields:  # a column that is computed
        return
    try:
        plan.source.collection.create_index(field)
    except OperationFailure as error:
        logger.warning("no index on %r could be made: %s", field, error)
