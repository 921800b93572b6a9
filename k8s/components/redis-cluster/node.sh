#!/bin/sh
# Starts a node. Its disk keeps who it is and which slots are its; gateways find it by its name.
set -eu
if [ -s /data/nodes.conf ]; then fresh=no; else fresh=yes; fi
sh /scripts/join.sh "$fresh" &
exec redis-server --dir /data --save '' --maxmemory 384mb --requirepass "$REDISCLI_AUTH" --masterauth "$REDISCLI_AUTH" \
  --cluster-enabled yes --cluster-config-file nodes.conf --cluster-node-timeout 5000 --cluster-announce-ip "$POD_IP" \
  --cluster-announce-hostname "$POD_NAME.redis-cluster" --cluster-preferred-endpoint-type hostname
