#!/bin/bash
# Starts a broker that is a controller too. The disk is formatted once; the cluster's name is the same for all three, and for ever.
set -euo pipefail
{
  cat /config/server.properties
  echo "node.id=${POD_NAME##*-}"
  echo "advertised.listeners=PLAINTEXT://$POD_NAME.kafka:9092"
} >/tmp/server.properties
/opt/kafka/bin/kafka-storage.sh format --ignore-formatted --cluster-id cGFybGV5LWthZmthLTAwMA --config /tmp/server.properties
exec /opt/kafka/bin/kafka-server-start.sh /tmp/server.properties
