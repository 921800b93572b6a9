#!/usr/bin/env bash
# Starts a replica of the service `mysql`. The first time, and whenever that was not finished, it copies the database of the primary.
set -euo pipefail

# Known to both sides without being told. MySQL takes 32 characters here.
password=$(printf 'replica of %s' "$MYSQL_ROOT_PASSWORD" | sha256sum | cut -c 1-32)

as_root() { MYSQL_PWD=$MYSQL_ROOT_PASSWORD "$1" -u root "${@:2}"; }
here() { as_root mysql -h 127.0.0.1 "$@"; }
primary() { as_root mysql -h mysql "$@"; }
dump() { as_root mysqldump -h mysql --single-transaction --source-data=2 --set-gtid-purged=ON --hex-blob --databases parley; }

# Where this fails in the middle, it is begun anew: until its last statements there is nothing to follow.
copy() {
  primary -e "CREATE USER IF NOT EXISTS 'replica'@'%'; ALTER USER 'replica'@'%' IDENTIFIED BY '$password';
    GRANT REPLICATION SLAVE ON *.* TO 'replica'@'%'" &&
    here -e 'SET GLOBAL super_read_only = OFF; DROP DATABASE IF EXISTS parley; RESET BINARY LOGS AND GTIDS' &&
    dump | here &&
    here -e "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'mysql', SOURCE_USER = 'replica', SOURCE_PASSWORD = '$password',
      SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = 5, SOURCE_RETRY_COUNT = 0, GET_SOURCE_PUBLIC_KEY = 1;
      START REPLICA;
      SET PERSIST super_read_only = ON"
}

follow() {
  until here -e 'SELECT 1' >/dev/null 2>&1; do sleep 1; done
  [ -z "$(here -e 'SHOW REPLICA STATUS')" ] || return 0
  echo 'replica: copying the database of the primary'
  until copy; do
    echo 'replica: the database could not be copied, trying again' >&2
    sleep 5
  done
  echo 'replica: the database is copied, following the primary'
}

follow &
exec docker-entrypoint.sh mysqld --character-set-server=utf8mb4 --max-connections="$REPLICA_MAX_CONNECTIONS" --server-id=2 \
  --log-bin=binlog --gtid-mode=ON --enforce-gtid-consistency=ON --read-only=ON --relay-log=relay
