"""What MySQL and MariaDB have in common; each of them is a `Flavour` in a package of its own.

    places      where a server comes from           session, channel, wire   one client
    instance    a server of our own                 statements, schema       the SQL
    target      loading, settling, counters         binary, text             Arrow to values
    drivers     who connects: mysqlclient, or PyMySQL where that is not installed

This package defines no engine, so it is none.
"""
