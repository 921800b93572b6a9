# shellcheck shell=bash
# What the scripts of this folder share; each of them reads it from this folder. Runs in Bash 3.2 or newer.
set -euo pipefail

need_compose=2.24.4

# What is secret stands in .env. The shell of an operator may have others, for a gateway started by hand, and Compose would take those.
unset JWT_SECRET JWT_PREVIOUS_SECRETS MYSQL_PASSWORD MYSQL_ROOT_PASSWORD REDIS_PASSWORD

say() { printf '%s\n' "$*"; }

# Ends with one line that says what is wrong and what to do.
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# What is removed when the script ends, however it ends.
litter=()
trap 'rm -f ${litter[@]+"${litter[@]}"}' EXIT

# Ends when another script works on this installation: each would take the containers of the other for its own. A script that was killed is
# not in the way, nor is the one that called this one.
one_at_a_time() {
  [ -z "${PARLEY_SCRIPT:-}" ] || return 0
  local other
  # A link, since it is made and filled at once.
  until ln -s "$$" .lock 2>/dev/null; do
    [ -w . ] || die "the folder $PWD cannot be written to"
    other=$(readlink .lock) || continue
    ! kill -0 "$other" 2>/dev/null || die "another script works on this installation (process $other): wait until it is done"
    rm -f .lock
  done
  litter+=(.lock)
  export PARLEY_SCRIPT=$$
}

# The value of a name in .env, without the quotes that may be around it.
env_value() { sed -n "s/^$1=//p" .env 2>/dev/null | tail -n 1 | sed -e 's/[[:space:]]*$//' -e 's/^"\(.*\)"$/\1/' -e "s/^'\\(.*\\)'\$/\\1/"; }

# Gives a name in .env a value, and leaves everything else there as it is.
set_env() {
  (
    umask 077
    grep -v "^$1=" .env >.env.new || true
    printf '%s=%s\n' "$1" "$2" >>.env.new
    mv .env.new .env
  )
}

# Docker Compose with the files that .env names, whatever the shell has set for another project.
compose() {
  local files
  files=$(env_value COMPOSE_FILE)
  COMPOSE_PROJECT_NAME=parley COMPOSE_FILE=${files:-docker-compose.yml:docker-compose.multi.yml} docker compose "$@"
}

is_count() { [[ $1 =~ ^[1-9][0-9]{0,2}$ ]]; }

require_docker() {
  command -v docker >/dev/null || die "Docker is not installed: see https://docs.docker.com/engine/install/"
  docker version >/dev/null 2>&1 || die "Docker does not answer: start it, or see whether you may use it (try: docker ps)"
  local version
  version=$(docker compose version --short 2>/dev/null) || die "Docker Compose is missing: install its plugin, $need_compose or newer"
  version=${version#v}
  [ "$(printf '%s\n%s\n' "$need_compose" "$version" | sort -V | head -n 1)" = "$need_compose" ] ||
    die "Docker Compose $version is too old: install $need_compose or newer"
}

require_env() {
  [ -f .env ] || die "there is no docker/.env: run docker/deploy_multi_instance.sh first"
  local name
  for name in JWT_SECRET MYSQL_PASSWORD MYSQL_ROOT_PASSWORD REDIS_PASSWORD; do
    [ -n "$(env_value "$name")" ] || die "docker/.env has no $name: put it back, or, on a new installation, remove the file and deploy again"
  done
}

# The containers of a service that run, one a line, oldest first.
running() { compose ps -q --status running --status restarting "$1" 2>/dev/null | reverse_by_age; }
reverse_by_age() {
  local ids
  ids=$(cat)
  [ -z "$ids" ] || printf '%s\n' "$ids" | while read -r id; do
    docker inspect -f '{{.Created}} {{.Id}}' "$id"
  done | sort | cut -d ' ' -f 2
}

# Removes gateways that have ended: Compose would start them again, with the version and the settings that they had.
remove_ended() {
  local ids
  ids=$(compose ps -aq --status exited --status dead --status created app)
  # shellcheck disable=SC2086 # identifiers
  [ -z "$ids" ] || docker rm -f $ids >/dev/null
}

# What a container said last about its trouble, on one line.
last_words() {
  local lines
  lines=$(
    docker inspect -f '{{if .State.Health}}{{range .State.Health.Log}}{{.Output}}{{"\n"}}{{end}}{{end}}' "$1" 2>/dev/null | grep -i 'denied' | tail -n 1
    docker logs --tail 200 "$1" 2>&1 | grep -iE '^(parley|config):|\[ERROR\]|\[emerg\]|denied' | tail -n 1
    docker logs --tail 200 "$1" 2>&1 | grep -v '^ *$' | tail -n 1
  ) || true
  [ -n "$lines" ] || lines=$(docker inspect -f 'it ended with status {{.State.ExitCode}} and said nothing' "$1" 2>/dev/null) || true
  printf '%s' "${lines%%$'\n'*}"
}

# Waits until containers are healthy: wait_healthy SECONDS ID... Says why on the standard output when one does not become so.
wait_healthy() {
  local deadline=$((SECONDS + $1)) id state waiting
  shift
  [ $# -gt 0 ] || { say "no container was made" && return 1; }
  while :; do
    waiting=''
    for id; do
      state=$(docker inspect -f '{{.State.Status}}{{if and (eq .State.Status "exited") (ne .State.ExitCode 0)}}-badly{{end}} {{if .State.Health}}{{.State.Health.Status}}{{else}}healthy{{end}} {{.RestartCount}}' "$id" 2>/dev/null || echo 'gone - 0')
      case $state in
        # What has done its work and ended well is as good as healthy.
        'running healthy '* | 'exited '*) ;;
        exited-badly* | dead* | gone* | *' unhealthy '* | *' '[2-9] | *' '[0-9][0-9]*) last_words "$id" && return 1 ;;
        *) waiting=$id ;;
      esac
      # Before it is set up, MySQL denies nobody: this will not pass.
      if [ -n "$waiting" ] && docker inspect -f '{{if .State.Health}}{{range .State.Health.Log}}{{.Output}}{{end}}{{end}}' "$id" 2>/dev/null | grep -q 'Access denied'; then
        last_words "$id" && return 1
      fi
    done
    [ -n "$waiting" ] || return 0
    [ $SECONDS -lt $deadline ] || { last_words "$waiting" && return 1; }
    sleep 0.5
  done
}

# Starts a container of the app's image, without the others, to see whether it likes its configuration. Says what is wrong.
check_config() {
  local said status=0
  said=$(compose run --rm --no-deps -T app sh -c 'node dist/apps/gateway/scripts/print-config.js 2>&1 >/dev/null' 2>docker.err) || status=$?
  said=${said:-$(tail -n 1 docker.err)}
  case $said in *overlap*) said="$said: choose another network with PARLEY_NET=10.1.2 in docker/.env" ;; esac
  [ $status = 0 ] || printf '%s' "${said%%$'\n'*}"
  rm -f docker.err
  return $status
}

# The status of an HTTP answer of this machine, or nothing: http_status PORT PATH
http_status() {
  (
    exec 3<>"/dev/tcp/127.0.0.1/$1"
    printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$2" >&3
    read -r -t 5 _ status _ <&3
    printf '%s' "$status"
  ) 2>/dev/null || true
}
