#!/usr/bin/env bash
# Whether this server follows the primary: it is linked to it, and applies what it is told.
set -euo pipefail
status=$(MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql -h 127.0.0.1 -u root -E -e 'SHOW REPLICA STATUS')
for thread in Replica_IO_Running Replica_SQL_Running; do
  grep -q " $thread: Yes" <<<"$status" || {
    echo "$thread is not Yes: $(sed -n 's/^ *Last_\(IO\|SQL\)_Error: \(..*\)/\2/p' <<<"$status")"
    exit 1
  }
done
