#!/bin/sh
# The name of the master: what a Sentinel says, and the first server where none says anything yet.
for sentinel in sentinel-0.sentinel sentinel-1.sentinel sentinel-2.sentinel; do
  name=$(timeout 2 redis-cli -e -h "$sentinel" -p 26379 sentinel get-master-addr-by-name parley 2>/dev/null | head -n 1)
  if [ -n "$name" ]; then
    echo "$name"
    exit
  fi
done
echo redis-0.redis
