"""MySQL as one product of the family."""

from __future__ import annotations

from bench.engines.innodb.flavour import Flavour, Tools

FLAVOUR = Flavour(
    name="mysql",
    title="MySQL",
    evidence_for=("rds mysql", "aurora mysql", "ec2 mysql"),
    is_mariadb=False,
    programs=("mysqld",),
    installer=(),
    variable="STOREFIT_MYSQLD",
    package="apt-get install mysql-server",
    unpackaged={
        "debian": "debootstrap --variant=minbase --include=mysql-server-core sid /srv/mysql"
        "  # then --engine mysql@local:/srv/mysql (Debian's releases have no MySQL)"
    },
    image="mysql:9",
    contained=("mysqld", "MYSQL"),
    connections=(12_582_880, 100_000),
    oldest=(8, 0, 17),  # has the collation
    folders=(
        "/usr/sbin",
        "/usr/libexec",
        "/usr/local/mysql/bin",
        "/opt/mysql*/bin",
        "/opt/homebrew/opt/mysql*/bin",
        "/usr/local/opt/mysql*/bin",
    ),
    collation="utf8mb4_0900_bin",
    initial={
        "performance_schema": "OFF",
        "skip_log_bin": "ON",
        "auto_generate_certs": "OFF",
        "caching_sha2_password_auto_generate_rsa_keys": "OFF",
    },
    server={
        # As the default parameter group of Amazon RDS has it.
        "performance_schema": "OFF",
        # As RDS runs while automated backups are on, which is its default.
        "log_bin": "binlog",
        "innodb_redo_log_capacity": "1G",
        "secure_file_priv": "NULL",
        "loose_mysqlx": "OFF",
    },
    full={"innodb_flush_log_at_trx_commit": "1", "sync_binlog": "1"},
    relaxed={"innodb_flush_log_at_trx_commit": "2", "sync_binlog": "0"},
    tcp={"auto_generate_certs": "ON", "caching_sha2_password_auto_generate_rsa_keys": "ON"},
    unencrypted={
        "auto_generate_certs": "OFF",
        "caching_sha2_password_auto_generate_rsa_keys": "OFF",
    },
    setup=(),
    limit="SET SESSION max_execution_time = {timeout_ms}",  # of SELECT only
    write_counters=("Innodb_data_writes",),  # the redo log's are among them
    logged_commits="Binlog_cache_use",
    commits=(
        "SELECT count FROM information_schema.innodb_metrics"
        " WHERE name = 'trx_rw_commits' AND status = 'enabled'"
    ),
    settings=(
        "SELECT v.variable_name, v.variable_value, i.variable_source <> 'COMPILED'"
        " FROM performance_schema.global_variables AS v"
        " JOIN performance_schema.variables_info AS i USING (variable_name)"
    ),
    commit_delay={"binlog_group_commit_sync_delay": "{us}"},
    spaces=(
        "SELECT coalesce(sum(file_size), 0) FROM information_schema.innodb_tablespaces"
        " WHERE name LIKE '{like}'"
    ),
    tools=Tools(
        dump="mysqldump",
        dump_options=("--set-gtid-purged=OFF",),
        client="mysql",
        installed_by="apt-get install mysql-client",
        files="clone",
        copier=None,
        copied_by="the server's plugin mysql_clone.so",
    ),
)
