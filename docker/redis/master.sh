#!/bin/sh
# The address of the master: what a Sentinel says, and the first server where none says anything yet.
for sentinel in sentinel-1 sentinel-2 sentinel-3; do
  # The password is that of the servers, the Sentinels have none.
  address=$(env -u REDISCLI_AUTH timeout 2 redis-cli -h "$sentinel" -p 26379 sentinel get-master-addr-by-name parley 2>/dev/null | head -n 1)
  case $address in
    [0-9]*.*)
      echo "$address"
      exit
      ;;
  esac
done
echo "$FIRST_MASTER"
