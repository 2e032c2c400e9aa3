"""The engine: where the work runs that MongoDB does not do by itself."""
