"""Servers in containers, through the Docker API: docker's own, or podman's compatible one.

    daemon      where the API answers, and errors of it      image     by name, pulled if absent
    container   one server: start, wait, remove              removal   after storefit was killed
    usage       what a container's processes have used

The Docker SDK for Python is imported where it is used; nothing here is heavy.
"""
