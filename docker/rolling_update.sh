#!/usr/bin/env bash
# Brings a new version, or what was changed in config.yml or .env, to the gateways, while they serve: docker/rolling_update.sh [--no-build]
# As many new ones as APP_REPLICAS says are started beside the old ones. When all of them are healthy, the old ones hand their connections over and stop, one
# by one. When a new one does not become healthy, the new ones are removed, the old ones stay, and so does the version that the image's name stands for.
CDPATH='' cd -- "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./lib.sh

case ${1:-} in
  '' | --no-build) ;;
  *) die "unknown option $1: there is only --no-build" ;;
esac
require_docker
require_env
one_at_a_time
check_network
old=$(running app)
[ -n "$old" ] || die 'nothing runs here: start it with docker/deploy_multi_instance.sh'
said=$(check_passwords) || die "the gateways are left alone: $said"
said=$(check_redis) || die "the gateways are left alone: $said"
if [ $# = 0 ]; then build_image 'the gateways are left alone'; else remember_image; fi
said=$(check_config) || die "the new gateways would not start, the old ones are left alone: $said"

remove_ended
say "Starting $replicas new gateways beside the old ones ..."
new() {
  local id
  for id in $(compose ps -aq app); do
    case $old in *"$id"*) ;; *) say "$id" ;; esac
  done
}
take_back() {
  unstoppable
  local ids serve
  ids=$(new)
  # shellcheck disable=SC2086 # identifiers
  [ -z "$ids" ] || undisturbed engine rm -f $ids || true
  # shellcheck disable=SC2086
  serve=$(serving $old | lines)
  [ "$serve" = "$(lines <<<"$old")" ] ||
    die "the new gateways are removed, but of the $(lines <<<"$old") old ones $serve serve (see docker ps); $image is their version: $1"
  die "the new gateways are removed, the old ones serve on and $image is their version: $1"
}
stopped_before() { take_back 'stopped before it was done'; }
stopped_between() { die 'stopped in the middle, old gateways run beside the new ones: run docker/rolling_update.sh --no-build again'; }

when_stopped=stopped_before
undisturbed compose up -d --no-build --no-deps --no-recreate --scale "app=$(($(lines <<<"$old") + replicas))" app || take_back "$said"
# shellcheck disable=SC2046 # identifiers
said=$(wait_healthy 120 $(new)) || take_back "$said"
when_stopped=stopped_between
undo=()
# Nginx asks for their names every second, and takes up to six to use what it learns.
sleep 6

for id in $old; do
  say "Stopping $(docker inspect -f '{{.Name}}' "$id" | tr -d /) ..."
  undisturbed engine stop "$id" || die "a gateway does not stop: $said"
  undisturbed engine rm "$id" || die "a gateway cannot be removed: $said"
done
if compose config --services | grep -qx group-consumer; then
  say 'Starting new group consumers ...'
  when_stopped=stop_here
  undisturbed compose up -d --no-build --no-deps --force-recreate group-consumer || die "the gateways are new, the group consumers are not: $said"
  # shellcheck disable=SC2046 # identifiers
  said=$(wait_healthy 120 $(compose ps -aq group-consumer)) || die "the gateways are new and serve, the group consumers do not get ready: $said"
fi
now=$(running app | lines)
[ "$now" = "$replicas" ] || die "there are $now gateways and not $replicas: see docker ps"
say "$now new gateways run."
