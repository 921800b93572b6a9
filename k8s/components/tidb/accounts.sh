#!/bin/sh
# TiDB begins with a root that needs no password. Gives it one, and makes the database and its account; may be run again.
set -eu
as_root() { mysql --no-defaults --protocol=tcp -h tidb -P 4000 -u root "$@"; }
is_there() { as_root -e 'SELECT 1' >/dev/null 2>&1; }

until is_there || { export MYSQL_PWD="$ROOT_PASSWORD" && is_there; }; do
  unset MYSQL_PWD
  sleep 2
done
as_root <<END
CREATE DATABASE IF NOT EXISTS parley;
CREATE USER IF NOT EXISTS 'parley'@'%' IDENTIFIED BY '$PASSWORD';
GRANT ALL ON parley.* TO 'parley'@'%';
ALTER USER 'root'@'%' IDENTIFIED BY '$ROOT_PASSWORD';
END
echo 'the accounts are there'
