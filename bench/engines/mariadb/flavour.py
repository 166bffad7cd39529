"""MariaDB as one product of the family."""

from __future__ import annotations

from bench.engines.innodb.flavour import Flavour, Tools

FLAVOUR = Flavour(
    name="mariadb",
    title="MariaDB",
    evidence_for=("rds mariadb", "ec2 mariadb"),
    is_mariadb=True,
    programs=("mariadbd", "mysqld"),
    installer=("mariadb-install-db", "mysql_install_db"),
    variable="STOREFIT_MARIADBD",
    package="apt-get install mariadb-server",
    unpackaged={},
    image="mariadb:11",
    contained=("mariadbd", "MARIADB"),
    connections=(25_165_760, 12_000),
    oldest=(10, 5),
    folders=(
        "/usr/sbin",
        "/usr/libexec",
        "/usr/local/mariadb/bin",
        "/opt/mariadb*/bin",
        "/opt/homebrew/opt/mariadb*/bin",
        "/usr/local/opt/mariadb*/bin",
    ),
    collation="utf8mb4_nopad_bin",
    initial={},
    server={
        "performance_schema": "OFF",
        # As RDS runs while automated backups are on, which is its default.
        "log_bin": "binlog",
        "innodb_log_file_size": "1G",
    },
    full={"innodb_flush_log_at_trx_commit": "1", "sync_binlog": "1"},
    relaxed={"innodb_flush_log_at_trx_commit": "2", "sync_binlog": "0"},
    tcp={},
    unencrypted={},
    setup=(
        # Progress reports would stand between the packets of an answer.
        "SET SESSION progress_report_time = 0",
    ),
    limit="SET SESSION max_statement_time = {timeout_s}",
    write_counters=("Innodb_data_writes", "Innodb_log_writes"),
    logged_commits="Binlog_commits",
    commits=(
        "SELECT count FROM information_schema.innodb_metrics"
        " WHERE name = 'trx_rw_commits' AND enabled = 1"
    ),
    settings=(
        "SELECT variable_name, global_value, global_value_origin NOT IN ('COMPILE-TIME', 'AUTO')"
        " FROM information_schema.system_variables WHERE global_value IS NOT NULL"
    ),
    # It waits for so many commits, or until time is up, or until another waits for a lock of one.
    commit_delay={"binlog_commit_wait_count": "1000000", "binlog_commit_wait_usec": "{us}"},
    spaces=(
        "SELECT coalesce(sum(file_size), 0) FROM information_schema.innodb_sys_tablespaces"
        " WHERE name LIKE '{like}'"
    ),
    tools=Tools(
        dump="mariadb-dump",
        dump_options=(),
        client="mariadb",
        installed_by="apt-get install mariadb-client",
        files="mariabackup",
        copier="mariabackup",
        copied_by="apt-get install mariadb-backup",
    ),
)
