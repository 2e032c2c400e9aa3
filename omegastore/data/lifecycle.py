"""Lifecycle: what happens to the working copy of a frame and to its saved one."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from omegastore.data.copies import FROZEN, KIND, Copies, described
from omegastore.errors import Frozen, InvalidName, NoFrame


class Lifecycle(Copies):
    """The verbs that save, load, freeze and drop a frame."""

    @property
    def is_in_memory(self) -> bool:
        """Whether there is a working copy."""
        return self._meta() is not None

    @property
    def is_on_disk(self) -> bool:
        """Whether it was saved."""
        return self._saved() is not None

    @property
    def is_frozen(self) -> bool:
        """Whether the working copy is one that is not changed any more."""
        return bool(self._found().attributes.get(FROZEN))

    @property
    def last_change(self) -> datetime:
        """When the rows or columns of the working copy were last changed; aware, UTC."""
        modified = self._found().modified
        assert modified is not None
        return modified

    @property
    def memory_usage(self) -> int:
        """Bytes of the working copy on the server, before compression."""
        return self._found().size

    nbytes = memory_usage
    """The same."""

    def freeze(self) -> None:
        """Refuse all further changes; the flag is saved and loaded with the frame."""
        self._note(lambda attributes: attributes.update({FROZEN: True}))
        # a version that copies nothing: who was about to change the frame finds another one than the expected
        self._memory.restore(self.name, -1)

    def save(self) -> Self:
        """Save the working copy, roles included; the server copies the rows.

        Raises
        ------
        NoFrame
            When there is no working copy.
        Frozen
            When one that is frozen was saved, and the working copy is another one.
        InvalidName
            When the project's store has something else than a frame of this name.
        """
        meta, rows = self._pinned()
        saved = self._disk.metadata(self.name)
        if saved is not None and saved.kind != KIND:
            raise InvalidName(
                f"the store of project {self.project!r} has a {saved.kind!r} of the name {self.name!r}, which is no "
                "frame; drop it, or copy() the frame to another name"
            )
        if saved is not None and saved.attributes.get(FROZEN) and not meta.attributes.get(FROZEN):
            raise Frozen(
                f"frame {self.name!r} was saved frozen; delete() it before another one is saved in its place"
            )
        self._disk.put(rows, self.name, meta.attributes, append=False)
        return self

    def load(self) -> Self:
        """Replace the working copy by the saved one.

        Raises
        ------
        NoFrame
            When it was never saved; the working copy is as it was.
        """
        if not self.is_on_disk:
            raise NoFrame(f"frame {self.name!r} of project {self.project!r} was never saved; there is none to load")
        saved, rows = self._pinned_in(self._disk)
        self._memory.put(rows, self.name, described(saved, rows), append=False)
        return self

    def refresh(self) -> Self:
        """Return the handle, which reads anew what others have changed at each use.

        Raises
        ------
        NoFrame
            When there is no working copy any more.
        """
        self._found()
        return self

    def unload(self) -> None:
        """Drop the working copy; silent where there is none."""
        self._memory.drop(self.name, force=True)

    def delete(self) -> None:
        """Drop the working copy and the saved one; silent where there is none."""
        self.unload()
        if self.is_on_disk:  # what is no frame is the store's
            self._disk.drop(self.name, force=True)

    def exists(self) -> bool:
        """Return whether there is a working copy or a saved one."""
        return self.is_in_memory or self.is_on_disk
