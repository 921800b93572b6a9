#!/bin/sh
# Starts a Sentinel. Its identity is that of its address, so that the others do not take it for one more when its container is made anew.
set -eu
# A server that has not answered for five seconds is away: a slow disk or a long command is not a failure. Two have to agree.
cat >/data/sentinel.conf <<END
dir /data
port 26379
sentinel announce-ip $ADDRESS
sentinel myid $(echo "$ADDRESS" | sha1sum | cut -c 1-40)
sentinel monitor parley $(sh /parley/master.sh) 6379 2
sentinel auth-pass parley $REDIS_PASSWORD
sentinel down-after-milliseconds parley 5000
sentinel failover-timeout parley 15000
END
# It writes there what it learns.
chown redis /data/sentinel.conf
exec docker-entrypoint.sh redis-server /data/sentinel.conf --sentinel
