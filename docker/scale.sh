#!/usr/bin/env bash
# Changes the number of gateways: docker/scale.sh N
# Those that leave hand their connections over to the others; nobody else's is touched. The number is kept in docker/.env.
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./lib.sh

is_count "${1:-}" || die 'say how many gateways there shall be, from 1 on: docker/scale.sh 5'
require_docker
require_env
one_at_a_time
before=$(running app)
[ -n "$before" ] || die 'nothing runs here: start it with docker/deploy_multi_instance.sh'

remove_ended
said=$(compose up -d --no-build --no-deps --no-recreate --scale "app=$1" app 2>&1) || die "$(tail -n 1 <<<"$said")"
added=()
for id in $(compose ps -aq app); do
  case $before in *"$id"*) ;; *) added+=("$id") ;; esac
done
if [ ${#added[@]} -gt 0 ]; then
  said=$(wait_healthy 120 "${added[@]}") || {
    docker rm -f "${added[@]}" >/dev/null
    die "the new gateways did not get ready and are removed, the others serve on: $said"
  }
fi
set_env APP_REPLICAS "$1"
say "$(running app | wc -l | tr -d ' ') gateways run."
