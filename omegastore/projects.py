"""Projects: what belongs to the project that is set."""

from __future__ import annotations

import os

from omegastore import bundle
from omegastore.data.frames import DataFrames
from omegastore.engine import session
from omegastore.pipeline.container import Pipelines
from omegastore.pipeline.place import current
from omegastore.pipeline.searches import Hyperopts
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
    def data_frames(self) -> DataFrames:
        """The frames: those that have a working copy, and what was saved."""
        return DataFrames(self.store)

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

    def save(self, file: str | os.PathLike[str], versions: str = "latest", replace: bool = False) -> None:
        """Write all that is saved into one file: objects, frames with their roles, pipelines, searches.

        Parameters
        ----------
        file : path
            The bundle, an archive of the store (docs/archive.md); it is there when it is whole.
        versions : str
            ``"latest"``, or ``"all"`` that are kept.
        replace : bool
            Replace the file if it is there.

        Raises
        ------
        FileExistsError
            When it is there, unless `replace` is set.
        ValueError
            When nothing is saved.
        """
        bundle.write(self.store, file, versions, replace)

    def load(self, file: str | os.PathLike[str], name: str, replace: bool = False) -> None:
        """Make a project of a bundle, and set it. What was cut off is finished by repeating it.

        Parameters
        ----------
        file : path
            The bundle; all of it is verified before anything is written.
        name : str
            The name of the project.
        replace : bool
            Let the bundle take the place of what the project holds.

        Raises
        ------
        FileExistsError
            When the project holds something else, unless `replace` is set; nothing is changed.
        Corrupt
            When the bundle is not whole or was changed.
        UntrustedError
            When it has models that are not signed with one of this process's keys.
        """
        store = session.launched().store(session.checked(name))
        bundle.read(store, file, replace)
        session.set_project(name)

    def __repr__(self) -> str:
        store = self.store
        return f"<Project {store.bucket!r} at {store.storage.connection.address}>"


project = Project()
"""The project that is set."""
