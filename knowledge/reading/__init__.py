"""Reads any government document: every visible word of the file into exactly one clause, or into the report."""
