#!/usr/bin/env bash
# Starts an installation: several gateways behind Nginx, with MySQL and Redis.
#   [APP_REPLICAS=3] docker/deploy_multi_instance.sh [OVERLAY...]      such as kafka, tls, monitoring: docker-compose.OVERLAY.yml
# The first run makes docker/.env (random secrets) and docker/config.yml. Run again, it updates what runs, without an interruption; the
# number of gateways and the overlays are kept in docker/.env.
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./lib.sh

random() { od -An -v -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

make_files() {
  if [ ! -f .env ]; then
    ! docker volume ls -q | grep -qx parley_mysql-data ||
      die "docker/.env is missing, but the volume parley_mysql-data was made with the passwords in it: put the file back, or remove the volume and all messages in it (docker volume rm parley_mysql-data)"
    (
      umask 077
      printf '%s\n' '# Made by deploy_multi_instance.sh. Keep it: the database was set up with these passwords.' \
        "JWT_SECRET=$(random 32)" "MYSQL_PASSWORD=$(random 16)" "MYSQL_ROOT_PASSWORD=$(random 16)" "REDIS_PASSWORD=$(random 16)" \
        COMPOSE_FILE=docker-compose.yml:docker-compose.multi.yml >.env
    )
    say 'Made docker/.env with random secrets.'
  fi
  [ ! -d config.yml ] || die "docker/config.yml is a folder (Docker makes one where a file is missing): remove it and run this again"
  [ -f config.yml ] || make_config
}

make_config() {
  if [ -f ../config.yml ]; then
    cp ../config.yml config.yml
    say 'Copied config.yml to docker/config.yml.'
  else
    cp config.example.yml config.yml
    say 'Made docker/config.yml.'
  fi
  # The process in the container is not root.
  chmod 644 config.yml
}

add_overlays() {
  local files name
  files=$(env_value COMPOSE_FILE)
  files=${files:-docker-compose.yml:docker-compose.multi.yml}
  for name; do
    [ -f "docker-compose.$name.yml" ] || die "there is no overlay $name: docker/docker-compose.$name.yml does not exist"
    case ":$files:" in *":docker-compose.$name.yml:"*) ;; *) files=$files:docker-compose.$name.yml ;; esac
  done
  [ "$files" = "$(env_value COMPOSE_FILE)" ] || set_env COMPOSE_FILE "$files"
}

# Nothing else may listen where Nginx shall.
check_port() {
  local port=${HTTP_PORT:-$(env_value HTTP_PORT)} holder
  port=${port:-8080}
  [ -z "$(running nginx)" ] || return 0
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || return 0
  holder=$(docker ps --filter "publish=$port" --format 'the container {{.Names}}' 2>/dev/null | head -n 1)
  die "port $port is taken by ${holder:-another program}: stop it, or choose another port with HTTP_PORT=8090 in docker/.env"
}

# Takes back what this run has started, so that nothing is left half-started, and ends.
give_up() {
  say 'Taking back what was started.'
  compose down --remove-orphans >/dev/null 2>&1 || true
  # A database that never came up was made by this run and holds nothing.
  [ -z "$made_volume" ] || docker volume rm parley_mysql-data >/dev/null 2>&1 || true
  die "$@"
}

start() {
  local said service
  made_volume=''
  said=$(docker volume ls -q) || die 'Docker does not say which volumes there are: try docker volume ls'
  grep -qx parley_mysql-data <<<"$said" || made_volume=yes
  trap 'give_up "stopped before it was done"' INT TERM HUP
  say 'Checking the configuration ...'
  said=$(check_config) || give_up "the gateways would not start: $said"
  say 'Starting the databases ...'
  # shellcheck disable=SC2046 # names of services
  said=$(compose up -d --no-build $(services_before) 2>&1) || give_up "$(tail -n 1 <<<"$said")"
  for service in $(services_before); do
    # shellcheck disable=SC2046 # identifiers
    said=$(wait_healthy 180 $(compose ps -aq "$service")) || give_up "$service did not come up: $said$(password_hint "$said")"
  done
  made_volume=''
  say "Starting $replicas gateways ..."
  said=$(compose up -d --no-build --no-deps app 2>&1) || give_up "$(tail -n 1 <<<"$said")"
  # shellcheck disable=SC2046
  said=$(wait_healthy 120 $(compose ps -aq app)) || give_up "the gateways did not get ready: $said"
  said=$(compose up -d --no-build --no-recreate --remove-orphans 2>&1) || give_up "$(tail -n 1 <<<"$said")"
  # shellcheck disable=SC2046
  said=$(wait_healthy 120 $(compose ps -aq)) || give_up "not everything came up: $said"
  trap - INT TERM HUP
}

# What the gateways need, by the overlays in use.
services_before() { compose config --services | grep -vxE 'app|nginx|group-consumer|prometheus|grafana'; }

password_hint() {
  case $1 in *[Dd]enied*) printf ' (the database keeps the passwords it was made with: put those back into docker/.env)' ;; esac
}

update() {
  local said
  say 'An installation runs: updating it.'
  said=$(check_config) || die "the gateways would not start, those that run are left alone: $said"
  # Everything but the gateways, which are replaced one by one.
  # shellcheck disable=SC2046
  said=$(compose up -d --no-build --no-deps --remove-orphans $(compose config --services | grep -vxE 'app|group-consumer') 2>&1) || die "$(tail -n 1 <<<"$said")"
  ./rolling_update.sh --no-build
  ./scale.sh "$replicas"
}

require_docker
replicas=${APP_REPLICAS:-}
[ -z "$replicas" ] || is_count "$replicas" || die "APP_REPLICAS=$replicas is not a whole number from 1 on"
one_at_a_time
make_files
require_env
add_overlays "$@"
# An installation from before there was a password for Grafana gets one too.
[ -n "$(env_value GRAFANA_PASSWORD)" ] || set_env GRAFANA_PASSWORD "$(random 16)"
[ -z "$replicas" ] || [ "$replicas" = "$(env_value APP_REPLICAS)" ] || set_env APP_REPLICAS "$replicas"
replicas=${replicas:-$(env_value APP_REPLICAS)}
replicas=${replicas:-3}
said=$(compose config -q 2>&1) || die "$(tail -n 1 <<<"$said")"
check_port
say 'Building the image ...'
compose build app || die 'the image could not be built: see above'
if [ -n "$(running app)" ]; then update; else start; fi

port=${HTTP_PORT:-$(env_value HTTP_PORT)}
port=${port:-8080}
for ((i = 0; ; i++)); do
  # With TLS, HTTP leads there.
  case $(http_status "$port" /healthz) in
    200) base=localhost:$port secure='' && break ;;
    308) base=localhost secure=s && break ;;
  esac
  [ $i -lt 120 ] || die "the gateways are healthy, but http://localhost:$port/healthz does not answer: see docker logs parley-nginx-1"
  sleep 0.5
done
say "
Parley runs with $(running app | wc -l | tr -d ' ') gateways.
  chat       http$secure://$base/app
  console    http$secure://$base/ui
  WebSocket  ws$secure://$base/ws
  health     http$secure://$base/healthz

  docker/scale.sh N          changes the number of gateways
  docker/rolling_update.sh   brings a new version or configuration
  docker/backup.sh           saves the database"
