#!/bin/sh
# Starts a server: the master, or a replica of it. One that was the master and comes back follows whoever took its place. Nothing in it
# needs to be kept.
set -eu
master=$(sh /parley/master.sh)
set -- --requirepass "$REDISCLI_AUTH" --masterauth "$REDISCLI_AUTH" --replica-announce-ip "$ADDRESS" --save '' --appendonly no
[ "$master" = "$ADDRESS" ] || set -- "$@" --replicaof "$master" 6379
exec docker-entrypoint.sh redis-server "$@"
