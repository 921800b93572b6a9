#!/usr/bin/env bash
# Changes the number of gateways: docker/scale.sh N
# Those that leave hand their connections over to the others; nobody else's is touched. The number is kept in docker/.env. Whoever stops it has
# as many as before, but those that are leaving already leave.
CDPATH='' cd -- "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./lib.sh

is_count "${1:-}" || die 'say how many gateways there shall be, from 1 on: docker/scale.sh 5'
require_docker
require_env
one_at_a_time
check_network
before=$(running app)
[ -n "$before" ] || die 'nothing runs here: start it with docker/deploy_multi_instance.sh'
was=$(lines <<<"$before")
[ "$1" -le "$was" ] || said=$(check_redis) || die "nothing was changed: $said"

added() {
  local id
  for id in $(compose ps -aq app); do
    case $before in *"$id"*) ;; *) say "$id" ;; esac
  done
}
# What .env says is what there is, however this ends.
keep_number() {
  local now
  now=$(running app | lines)
  ! is_count "$now" || [ "$now" = "$(env_value APP_REPLICAS)" ] || set_env APP_REPLICAS "$now"
}
take_back() {
  unstoppable
  local new
  new=$(added)
  # shellcheck disable=SC2086 # identifiers
  [ -z "$new" ] || undisturbed engine rm -f $new || true
  die "$1"
}
stopped_before() { take_back "stopped before it was done, $was gateways run as before"; }

if [ "$1" -gt "$was" ]; then when_stopped=stopped_before; else unstoppable; fi
undo+=(keep_number)
remove_ended
say "Making $1 gateways of $was ..."
undisturbed compose up -d --no-build --no-deps --no-recreate --scale "app=$1" app || take_back "$said"
new=$(added)
# shellcheck disable=SC2086 # identifiers
[ -z "$new" ] || said=$(wait_healthy 120 $new) || take_back "the new gateways did not get ready and are removed, the others are left alone: $said"
unstoppable
now=$(running app | lines)
[ "$now" = "$1" ] || die "there are $now gateways and not $1: see docker ps"
say "$now gateways run."
