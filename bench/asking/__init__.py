"""Asking the queries of a set, one at a time, from a process of its own.

    messages   what crosses the pipe          process   the asking process
    inquirer   the parent's side: time limits, and a new process where one was lost

A process of its own, because what reads files (polars) must not be imported before a fork, because
its memory is to be told query by query, and because a query that does not end can then be ended.
"""
