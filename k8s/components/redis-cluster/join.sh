#!/bin/sh
# Makes a node that has just started one of the six: the first three share the slots, each of the others is the replica of one.
# The servers speak to each other by address, and a pod that comes back has another one, so it introduces itself every time.
ordinal=${POD_NAME##*-}
name() { echo "redis-cluster-$1.redis-cluster"; }

until redis-cli -e ping >/dev/null 2>&1; do sleep 1; done
if [ "$1" = yes ]; then
  case $ordinal in
    0) redis-cli -e cluster addslotsrange 0 5460 ;;
    1) redis-cli -e cluster addslotsrange 5461 10922 ;;
    2) redis-cli -e cluster addslotsrange 10923 16383 ;;
  esac
fi
# Several times, since a name may not be known yet; whoever knows the other already takes no notice.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  for peer in 0 1 2 3 4 5; do
    address=$(getent hosts "$(name "$peer")" | cut -d ' ' -f 1)
    [ -z "$address" ] || redis-cli -e cluster meet "$address" 6379 >/dev/null
  done
  if [ "$1" = yes ] && [ "$ordinal" -ge 3 ]; then
    master=$(redis-cli -e -h "$(name $((ordinal - 3)))" cluster myid) && redis-cli -e cluster replicate "$master" >/dev/null && set -- no
  fi
  sleep 3
done
