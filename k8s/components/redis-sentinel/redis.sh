#!/bin/sh
# Starts a server: the master, or a replica of it. Nothing in it needs to be kept, so it has no disk.
set -eu
me=$POD_NAME.redis
master=$(sh /scripts/master.sh)
set -- --dir /tmp --save '' --maxmemory 384mb --requirepass "$REDIS_PASSWORD" --masterauth "$REDIS_PASSWORD" --replica-announce-ip "$me"
[ "$master" = "$me" ] || set -- "$@" --replicaof "$master" 6379
exec redis-server "$@"
