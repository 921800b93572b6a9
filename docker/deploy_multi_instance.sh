#!/usr/bin/env bash
# Starts an installation: several gateways behind Nginx, with MySQL and Redis.
#   [APP_REPLICAS=3] docker/deploy_multi_instance.sh [OVERLAY...]      such as kafka, tls, monitoring: docker-compose.OVERLAY.yml
# The first run makes docker/.env (random secrets) and docker/config.yml. Run again, it updates what runs, without an interruption. The
# number of gateways and the overlays are kept in docker/.env once they are up.
CDPATH='' cd -- "$(dirname "${BASH_SOURCE[0]}")" || exit 1
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
  # An installation from before there was a password for Grafana gets one too.
  [ -n "$(env_value GRAFANA_PASSWORD)" ] || set_env GRAFANA_PASSWORD "$(random 16)"
  [ ! -d config.yml ] || die "docker/config.yml is a folder (Docker makes one where a file is missing): remove it and run this again"
  [ -f config.yml ] || make_config
  # A clone may be its owner's alone; Prometheus and Grafana are others, and nothing here is secret.
  chmod -R a+rX prometheus grafana 2>/dev/null || true
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

check_overlays() {
  local name
  for name; do
    [ -f "docker-compose.$name.yml" ] || die "there is no overlay $name: docker/docker-compose.$name.yml does not exist"
  done
}

# The files of this run, for the scripts that it calls too.
choose_files() {
  local files name
  files=$(env_value COMPOSE_FILE)
  files=${files:-docker-compose.yml:docker-compose.multi.yml}
  for name; do
    case ":$files:" in *":docker-compose.$name.yml:"*) ;; *) files=$files:docker-compose.$name.yml ;; esac
  done
  export COMPOSE_FILE=$files
}

# Nothing else may listen where this installation shall.
check_ports() {
  local service target address port name holder
  while read -r service target address port; do
    case $target in 8080) name=HTTP_PORT ;; 8443) name=HTTPS_PORT ;; 9090) name=PROMETHEUS_PORT ;; 3000) name=GRAFANA_PORT ;; *) name='' ;; esac
    [[ $port =~ ^[1-9][0-9]*$ ]] || die "the port $port of $service is not one port: name one${name:+ with $name=8090 in docker/.env}"
    ! is_ours "$port" || continue
    (exec 3<>"/dev/tcp/$address/$port") 2>/dev/null || continue
    holder=$(docker ps --filter "publish=$port" --format 'the container {{.Names}}' 2>/dev/null | sed -n 1p)
    die "port $port is taken by ${holder:-another program}: stop it${name:+, or choose another port with $name=$((port + 10)) in docker/.env}"
  done < <(published)
}

# Takes back what this run has started, so that nothing is left half-started, and ends.
give_up() {
  unstoppable
  local why=$1 started made
  say 'Taking back what was started.'
  if [ -z "$ran_before" ]; then
    undisturbed compose down --remove-orphans || true
  else
    started=$(compose config --services | grep -vxF "$ran_before") || true
    # shellcheck disable=SC2086 # names of services
    [ -z "$started" ] || undisturbed compose rm -sf $started || true
  fi
  # Databases that never came up hold nothing: their volumes were made by this run.
  if [ -z "$databases_up" ]; then
    made=$(docker volume ls -q --filter label=com.docker.compose.project=parley | grep -vxF "$volumes_before") || true
    # shellcheck disable=SC2086 # names of volumes
    [ -z "$made" ] || docker volume rm $made >/dev/null 2>&1 || true
  fi
  die "$why"
}
stopped_start() { give_up 'stopped before it was done'; }

start() {
  local service
  databases_up=''
  volumes_before=$(docker volume ls -q) || die 'Docker does not say which volumes there are: try docker volume ls'
  ran_before=$(compose ps --services --status running)
  when_stopped=stopped_start
  say 'Checking the configuration ...'
  said=$(check_config) || give_up "the gateways would not start: $said"
  said=$(check_nginx) || give_up "Nginx would not start: $said"
  say 'Starting the databases ...'
  # shellcheck disable=SC2046 # names of services
  undisturbed compose up -d --no-build $(services_before) || give_up "$said"
  for service in $(services_before); do
    # shellcheck disable=SC2046 # identifiers
    said=$(wait_healthy 180 $(compose ps -aq "$service")) || give_up "$service did not come up: $said$(password_hint "$said")"
  done
  databases_up=yes
  said=$(check_passwords) || give_up "$said"
  say "Starting $replicas gateways ..."
  undisturbed compose up -d --no-build --no-deps app || give_up "$said"
  # shellcheck disable=SC2046
  said=$(wait_healthy 120 $(compose ps -aq app)) || give_up "the gateways did not get ready: $said"
  undisturbed compose up -d --no-build --no-recreate --remove-orphans || give_up "$said"
  # shellcheck disable=SC2046
  said=$(wait_healthy 120 $(compose ps -aq)) || give_up "not everything came up: $said"
  when_stopped=stop_here
}

# What the gateways need, by the overlays in use.
services_before() { compose config --services | grep -vxE 'app|nginx|group-consumer|prometheus|grafana'; }

update() {
  local nginx
  say 'An installation runs: updating it.'
  said=$(check_config) || die "the gateways would not start, those that run are left alone: $said"
  said=$(check_nginx) || die "Nginx would not start, what runs is left alone: $said"
  # Everything but the gateways, which are replaced one by one.
  # shellcheck disable=SC2046
  undisturbed compose up -d --no-build --no-deps --remove-orphans $(compose config --services | grep -vxE 'app|group-consumer') || die "$said"
  nginx=$(compose ps -aq nginx 2>/dev/null) || true
  [ -z "$nginx" ] || said=$(wait_healthy 60 "$nginx") || die "Nginx does not get ready, the gateways are left alone: $said"
  ./rolling_update.sh --no-build
  undo=()
  ./scale.sh "$replicas"
}

require_docker
[ -z "$replicas_asked" ] || is_count "$replicas_asked" || die "APP_REPLICAS=$replicas_asked is not a whole number from 1 on"
check_overlays "$@"
one_at_a_time
make_files
choose_files "$@"
[ -z "$replicas_asked" ] || export APP_REPLICAS=$replicas_asked
require_env
check_network
said=$(check_passwords) || die "nothing was changed: $said"
check_ports
build_image 'what runs is left alone'
if [ -n "$(running app)" ]; then update; else start; fi
undo=()
[ "$COMPOSE_FILE" = "$(env_value COMPOSE_FILE)" ] || set_env COMPOSE_FILE "$COMPOSE_FILE"
[ -z "$replicas_asked" ] || [ "$replicas_asked" = "$(env_value APP_REPLICAS)" ] || set_env APP_REPLICAS "$replicas_asked"

read -r address port < <(published | sed -n 's/.* 8080 //p') || true
secure_port=$(published | sed -n 's/.* 8443 .* //p')
case $address in 127.0.0.1) host=localhost ;; *:*) host=[$address] ;; *) host=$address ;; esac
for ((i = 0; ; i++)); do
  # With TLS, HTTP leads there.
  case $(http_status "$address" "$port" /healthz) in
    200) base=$host:$port secure='' && break ;;
    308) base=$host:$secure_port secure=s && break ;;
  esac
  [ $i -lt 120 ] || die "the gateways are healthy, but http://$host:$port/healthz does not answer: see docker logs parley-nginx-1"
  sleep 0.5
done
base=${base%:443}
say "
Parley runs with $(running app | lines) gateways.
  chat       http$secure://$base/app
  console    http$secure://$base/ui
  WebSocket  ws$secure://$base/ws
  health     http$secure://$base/healthz

  docker/scale.sh N          changes the number of gateways
  docker/rolling_update.sh   brings a new version or configuration
  docker/backup.sh           saves the database"
