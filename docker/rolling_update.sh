#!/usr/bin/env bash
# Brings a new version, or what was changed in config.yml or .env, to the gateways, while they serve: docker/rolling_update.sh [--no-build]
# As many new ones as APP_REPLICAS says are started beside the old ones. When all of them are healthy, the old ones hand their connections over and stop, one
# by one. When a new one does not become healthy, the new ones are removed and the old ones stay.
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./lib.sh

case ${1:-} in
  '' | --no-build) ;;
  *) die "unknown option $1: there is only --no-build" ;;
esac
require_docker
require_env
one_at_a_time
old=$(running app)
[ -n "$old" ] || die 'nothing runs here: start it with docker/deploy_multi_instance.sh'
if [ $# = 0 ]; then
  say 'Building the image ...'
  compose build app || die 'the image could not be built, the gateways are left alone: see above'
fi
said=$(check_config) || die "the new gateways would not start, the old ones are left alone: $said"

count=$(env_value APP_REPLICAS)
count=${count:-$(wc -l <<<"$old" | tr -d ' ')}
remove_ended
say "Starting $count new gateways beside the old ones ..."
new=()
take_back() {
  for id in $(compose ps -aq app); do
    case $old in *"$id"*) ;; *) docker rm -f "$id" >/dev/null ;; esac
  done
  die "the new gateways are removed, the old ones serve on: $*"
}
trap 'take_back "stopped before it was done"' INT TERM HUP
said=$(compose up -d --no-build --no-deps --no-recreate --scale "app=$(($(wc -l <<<"$old") + count))" app 2>&1) || take_back "$(tail -n 1 <<<"$said")"
for id in $(compose ps -aq app); do
  case $old in *"$id"*) ;; *) new+=("$id") ;; esac
done
said=$(wait_healthy 120 ${new[@]+"${new[@]}"}) || take_back "$said"
trap 'die "stopped in the middle, old gateways run beside the new ones: run docker/rolling_update.sh --no-build again"' INT TERM HUP
# Nginx asks for their names every second, and takes up to six to use what it learns.
sleep 6

for id in $old; do
  say "Stopping $(docker inspect -f '{{.Name}}' "$id" | tr -d /) ..."
  docker stop "$id" >/dev/null
  docker rm "$id" >/dev/null
done
if compose config --services | grep -qx group-consumer; then
  say 'Starting new group consumers ...'
  said=$(compose up -d --no-build --no-deps --force-recreate group-consumer 2>&1) || die "the gateways are new, the group consumers are not: $(tail -n 1 <<<"$said")"
  # shellcheck disable=SC2046 # identifiers
  said=$(wait_healthy 120 $(compose ps -aq group-consumer)) || die "the gateways are new and serve, the group consumers do not get ready: $said"
fi
say "$count new gateways run."
