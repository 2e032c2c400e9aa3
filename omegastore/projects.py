"""Projects: what belongs to the project that is set."""

from __future__ import annotations

from omegastore.engine import session
from omegastore.pipeline.container import Pipelines
from omegastore.pipeline.hyperopt import Hyperopts
from omegastore.pipeline.place import current
from omegastore.store import OmegaStore


class Project:
    """The project that is set; each use looks anew which one that is."""

    @property
    def name(self) -> str:
        """The name."""
        return self.store.bucket

    @property
    def store(self) -> OmegaStore:
        """The store of the project."""
        return current().store

    @property
    def pipelines(self) -> Pipelines:
        """The pipelines."""
        return Pipelines(current())

    @property
    def hyperopts(self) -> Hyperopts:
        """The searches for parameters."""
        return Hyperopts(current())

    def switch(self, name: str) -> None:
        """Set another project."""
        session.set_project(name)

    def restart(self) -> None:
        """Lose the working copies of frames; what was saved stays."""
        session.restart_project()

    def suspend(self) -> None:
        """Lose the working copies of frames, and set no project; what was saved stays."""
        session.suspend_project(self.name)

    def delete(self) -> None:
        """Delete the project with all that is in it; then none is set."""
        session.delete_project(self.name)

    def __repr__(self) -> str:
        store = self.store
        return f"<Project {store.bucket!r} at {store.storage.connection.address}>"


project = Project()
"""The project that is set."""
