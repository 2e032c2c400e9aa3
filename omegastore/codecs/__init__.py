"""Codecs: Python values, frames and arrays to and from the bytes that MongoDB holds; pure, shared by backends."""
