#!/bin/sh
# Starts a Sentinel. It goes by names, since a pod that comes back has another address, and keeps its identity, which is that of its name.
set -eu
master=$(sh /scripts/master.sh)
until getent hosts "$master" >/dev/null; do sleep 1; done
cat >/tmp/sentinel.conf <<END
dir /tmp
port 26379
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $POD_NAME.sentinel
sentinel announce-port 26379
sentinel myid $(echo "$POD_NAME" | sha1sum | cut -c 1-40)
sentinel monitor parley $master 6379 2
sentinel auth-pass parley $REDIS_PASSWORD
sentinel down-after-milliseconds parley 5000
sentinel failover-timeout parley 15000
END
exec redis-server /tmp/sentinel.conf --sentinel
