#!/bin/bash
# The entry point of the test image: the official images' environment and habits, in short.
#   postgres -c … : POSTGRES_PASSWORD, POSTGRES_USER, POSTGRES_DB, POSTGRES_INITDB_ARGS
#   mariadbd --… : MARIADB_ROOT_PASSWORD, MARIADB_ROOT_HOST; mysqld --… : MYSQL_…
# While the data directory is made, nobody gets in over TCP.
set -euo pipefail
program=$1
shift

# MySQL's programs belong to a newer Debian: its own loader starts them with its libraries.
tree=/opt/mysql-9
mysqld=(
  $tree/usr/lib64/ld-linux-x86-64.so.2 --library-path "$tree/usr/lib/x86_64-linux-gnu"
  $tree/usr/sbin/mysqld --no-defaults --user=mysql "--basedir=$tree/usr"
)

case $program in
postgres)
  : "${POSTGRES_PASSWORD:?is not set}"
  bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
  install -d -o postgres -m 700 /data/postgresql
  install -d -o postgres /var/run/postgresql
  (umask 077 && printf %s "$POSTGRES_PASSWORD" >/run/password && chown postgres /run/password)
  # shellcheck disable=SC2086 # several words
  setpriv --reuid postgres --regid postgres --init-groups "$bin/initdb" -D /data/postgresql \
    -U "${POSTGRES_USER:-postgres}" --pwfile=/run/password ${POSTGRES_INITDB_ARGS:-} >/dev/null
  rm /run/password
  echo "host all all all scram-sha-256" >>/data/postgresql/pg_hba.conf
  exec setpriv --reuid postgres --regid postgres --init-groups "$bin/postgres" \
    -D /data/postgresql -c listen_addresses='*' "$@"
  ;;
mariadbd | mysqld)
  if [ "$program" = mariadbd ]; then
    password=${MARIADB_ROOT_PASSWORD:?is not set} host=${MARIADB_ROOT_HOST:-%}
    server=(mariadbd --no-defaults --user=mysql)
    initial=(mariadb-install-db --user=mysql --skip-test-db --auth-root-authentication-method=normal)
  else
    password=${MYSQL_ROOT_PASSWORD:?is not set} host=${MYSQL_ROOT_HOST:-%}
    server=("${mysqld[@]}")
    initial=("${mysqld[@]}" --initialize-insecure)
  fi
  install -d -o mysql -m 700 /data/mysql
  install -d -o mysql /run/mysqld
  "${initial[@]}" --datadir=/data/mysql >/dev/null
  umask 077
  cat >/run/users.sql <<SQL
CREATE USER 'root'@'$host' IDENTIFIED BY '$password';
GRANT ALL ON *.* TO 'root'@'$host' WITH GRANT OPTION;
SQL
  chown mysql /run/users.sql
  exec "${server[@]}" --datadir=/data/mysql --socket=/run/mysqld/mysqld.sock --bind-address=0.0.0.0 \
    --init-file=/run/users.sql "$@"
  ;;
*)
  exec "$program" "$@"
  ;;
esac
