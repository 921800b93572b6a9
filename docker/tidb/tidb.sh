#!/bin/sh
# Starts TiDB. When the cluster is new, it makes the database and its account, and gives root a password.
set -eu
umask 077
cat >/tmp/accounts.sql <<END
CREATE DATABASE IF NOT EXISTS parley;
CREATE USER IF NOT EXISTS '$MYSQL_USER'@'%' IDENTIFIED BY '$MYSQL_PASSWORD';
GRANT ALL ON parley.* TO '$MYSQL_USER'@'%';
ALTER USER 'root'@'%' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';
END
echo 'initialize-sql-file = "/tmp/accounts.sql"' >/tmp/tidb.toml
exec /tidb-server --config=/tmp/tidb.toml --store=tikv --path=pd:2379 --host=0.0.0.0 -P 3306 --advertise-address=mysql
