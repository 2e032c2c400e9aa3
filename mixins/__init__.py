"""Mixins: the verbs of a store beside put, get, getl and drop, one group in each module."""
