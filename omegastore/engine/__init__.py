"""The engine: the server and the runtime of this session, and its projects."""

from __future__ import annotations

from omegastore.engine.session import (
    delete_project,
    is_alive,
    launch,
    list_projects,
    list_running_projects,
    set_project,
    shutdown,
    suspend_project,
)

is_engine_alive = is_alive

__all__ = [
    "delete_project",
    "is_alive",
    "is_engine_alive",
    "launch",
    "list_projects",
    "list_running_projects",
    "set_project",
    "shutdown",
    "suspend_project",
]
