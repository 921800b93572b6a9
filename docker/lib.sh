# shellcheck shell=bash
# What the scripts of this folder share; each of them reads it from this folder. Runs in Bash 3.2 or newer.
set -euo pipefail

need_compose=2.24.4

# What is secret stands in .env. The shell of an operator may have others, for a gateway started by hand, and Compose would take those. What
# a script hands over to one that it calls counts.
# shellcheck disable=SC2034 # for the deploy script
replicas_asked=${APP_REPLICAS:-}
unset JWT_SECRET JWT_PREVIOUS_SECRETS MYSQL_PASSWORD MYSQL_ROOT_PASSWORD REDIS_PASSWORD COMPOSE_ENV_FILES COMPOSE_PATH_SEPARATOR
unset OBJECT_STORAGE_ACCESS_KEY_ID OBJECT_STORAGE_SECRET_ACCESS_KEY OBJECT_STORAGE_CALLBACK_SECRET
[ -n "${PARLEY_SCRIPT:-}" ] || unset APP_REPLICAS COMPOSE_FILE

say() { printf '%s\n' "$*"; }

# Ends with one line that says what is wrong and what to do.
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

[ -w . ] || die "the folder $PWD cannot be written to: make it writable, or run this as its owner"
[ ! -e .env ] || [ -r .env ] || die "docker/.env cannot be read: run this as its owner"

# What is undone, by functions, and what is removed when the script ends, however it ends.
undo=()
scratch=$(mktemp)
litter=("$scratch")
ended() {
  unstoppable
  local step
  for step in ${undo[@]+"${undo[@]}"}; do "$step" || true; done
  rm -f "${litter[@]}"
}
trap ended EXIT

# What is done when somebody stops the script, by Ctrl-C or a signal.
when_stopped=stop_here
stop_here() { die 'stopped before it was done'; }
busy='' stopped='' woken=''
trap 'woken=yes; if [ -n "$busy" ]; then stopped=yes; else "$when_stopped"; fi' INT TERM HUP

# From here on, whoever stops the script is not heard: what it does now is short and must come to its end.
unstoppable() {
  trap '' INT TERM HUP
  detached=$(command -v setsid || true)
}

# Runs a command that changes containers, out of reach of Ctrl-C: it is not left half done, and only then what shall be done when somebody
# stops the script. What it said last is in `said`.
undisturbed() {
  local pid status again
  busy=yes
  (unstoppable && "$@") </dev/null >"$scratch" 2>&1 &
  pid=$!
  woken='' status=0
  wait "$pid" || status=$?
  while [ -n "$woken" ]; do
    woken='' again=0
    wait "$pid" || again=$?
    [ $again = 127 ] || status=$again
  done
  busy=''
  said=$(tail -n 1 "$scratch")
  [ -z "$stopped" ] || { stopped='' && "$when_stopped"; }
  return "$status"
}

# Ends when another script works on this installation: each would take the containers of the other for its own. A script that was killed is
# not in the way, nor is the one that called this one.
one_at_a_time() {
  [ -z "${PARLEY_SCRIPT:-}" ] || return 0
  local other
  # A link, since it is made and filled at once.
  until ln -s "$$" .lock 2>/dev/null; do
    other=$(readlink .lock) || continue
    # Another program may have the number by now.
    case $({ tr '\0' ' ' <"/proc/$other/cmdline" || ps -o args= -p "$other"; } 2>/dev/null) in
      *.sh*) die "another script works on this installation (process $other): wait until it is done" ;;
    esac
    rm -f .lock
  done
  litter+=(.lock)
  export PARLEY_SCRIPT=$$
}

# The value of a name in .env, without quotes around it and a comment behind it.
env_value() {
  sed -n -E "s/^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=[[:space:]]*//p" .env 2>/dev/null | tail -n 1 |
    sed -E -e 's/^"([^"]*)".*$/\1/' -e t -e "s/^'([^']*)'.*\$/\\1/" -e t -e 's/(^|[[:space:]]+)#.*$//' -e 's/[[:space:]]*$//'
}

# Gives a name in .env a value, and leaves everything else there as it is.
set_env() {
  local new
  new=$(mktemp .env.XXXXXX)
  litter+=("$new")
  {
    awk "!/^[ \\t]*(export[ \\t]+)?$1[ \\t]*=/" .env && printf '%s=%s\n' "$1" "$2"
  } >"$new" || die 'docker/.env could not be written, and is as it was'
  mv "$new" .env
}

detached=''
engine() { $detached docker "$@"; }

# Docker Compose with the files that .env names, whatever the shell has set for another project.
compose() {
  local files=${COMPOSE_FILE:-$(env_value COMPOSE_FILE)}
  COMPOSE_PROJECT_NAME=parley COMPOSE_FILE=${files:-docker-compose.yml:docker-compose.multi.yml} engine compose "$@"
}

is_count() { [[ $1 =~ ^[1-9][0-9]{0,2}$ ]]; }
lines() { grep -c . || true; }

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
  local name said
  for name in JWT_SECRET MYSQL_PASSWORD MYSQL_ROOT_PASSWORD REDIS_PASSWORD; do
    [ -n "$(env_value "$name")" ] || die "docker/.env has no $name: put it back, or, on a new installation, remove the file and deploy again"
  done
  replicas=${APP_REPLICAS:-$(env_value APP_REPLICAS)}
  replicas=${replicas:-3}
  is_count "$replicas" || die "APP_REPLICAS=$replicas in docker/.env is not a whole number from 1 on"
  check_values
  said=$(compose config -q 2>&1) || die "$(tail -n 1 <<<"$said")"
}

# What Compose would refuse without saying which name it means, or take though it cannot work.
check_values() {
  local name value rest
  local number='(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
  local names='HTTP_PORT HTTPS_PORT PROMETHEUS_PORT GRAFANA_PORT PUBLISH_ADDRESS PARLEY_NET'
  # shellcheck disable=SC2086 # names
  rest=$(all_as_compose_reads $names) || true
  for name in $names; do
    value=${rest%%|*} rest=${rest#*|}
    [ -n "$value" ] || continue
    case $name:$value in
      *_PORT:*:*) die "$name=$value in docker/.env is not a port (in docker/.env, the address of a port is PUBLISH_ADDRESS=127.0.0.1)" ;;
      *_PORT:*)
        { [[ $value =~ ^[1-9][0-9]{0,4}$ ]] && [ "$value" -le 65535 ]; } ||
          die "$name=$value in docker/.env is not a port: expected a whole number from 1 to 65535"
        ;;
      PUBLISH_ADDRESS:*)
        [[ $value =~ ^($number\.){3}$number$ ]] || die "$name=$value in docker/.env is not an IPv4 address: expected one of this machine, such as 127.0.0.1"
        ;;
      *) [[ $value =~ ^$number\.$number\.$number$ ]] || die "$name=$value in docker/.env is not the first three numbers of a network, such as 10.1.2" ;;
    esac
  done
}

# Ends when the network that is there is not the one that the settings ask for: Compose would take it away from all that runs.
check_network() {
  local there wanted
  there=$(engine network inspect -f '{{range .IPAM.Config}}{{.Subnet}}{{"\n"}}{{end}}' parley_default 2>/dev/null | sed -n 1p) || true
  wanted=$(compose config | awk '
    /^[^ ]/ { networks = $1 == "networks:" }
    /^  [^ ]/ { ours = networks && $1 == "default:" }
    ours && /subnet:/ && !seen++ { print $NF }')
  [ -z "$there" ] || [ -z "$wanted" ] || [ "$there" = "$wanted" ] ||
    die "PARLEY_NET says $wanted, but what is there uses $there, and nothing was changed: to change PARLEY_NET, run docker compose down in docker/, then the deploy script"
}

# The containers of a service that run, one a line, oldest first.
running() { compose ps -q --status running --status restarting "$1" 2>/dev/null | reverse_by_age; }
reverse_by_age() {
  local ids
  ids=$(cat)
  [ -z "$ids" ] || printf '%s\n' "$ids" | while read -r id; do
    engine inspect -f '{{.Created}} {{.Id}}' "$id"
  done | sort | cut -d ' ' -f 2
}

# Removes gateways that have ended: Compose would start them again, with the version and the settings that they had.
remove_ended() {
  local ids
  ids=$(compose ps -aq --status exited --status dead --status created app)
  # shellcheck disable=SC2086 # identifiers
  [ -z "$ids" ] || engine rm -f $ids >/dev/null
}

# Builds the image. Until `undo` is emptied, its name will stand for what it stands for now when the script ends, and that is what runs, if
# anything does: who starts a gateway later gets a version that works.
build_image() {
  remember_image
  say 'Building the image ...'
  compose build app || die "the image could not be built, see above: $1"
}
remember_image() {
  local oldest tag=${PARLEY_VERSION:-$(env_value PARLEY_VERSION)}
  image=parley:${tag:-latest}
  oldest=$(running app | sed -n 1p)
  image_before=$(docker inspect -f "{{if eq .Config.Image \"$image\"}}{{.Image}}{{end}}" "$oldest" 2>/dev/null) || true
  [ -n "$image_before" ] || image_before=$(docker image inspect -f '{{.Id}}' "$image" 2>/dev/null) || true
  undo+=(put_image_back)
}
put_image_back() { [ -z "$image_before" ] || engine tag "$image_before" "$image"; }

# Whether the MySQL that runs takes the passwords of .env, as Compose reads them. Says which one it does not take.
check_passwords() {
  local mysql name user said
  mysql=$(running mysql | sed -n 1p)
  [ -n "$mysql" ] || return 0
  for name in MYSQL_PASSWORD MYSQL_ROOT_PASSWORD; do
    case $name in *ROOT*) user=root ;; *) user=parley ;; esac
    said=$(MYSQL_PWD=$(as_compose_reads "$name") docker exec -e MYSQL_PWD "$mysql" mysql -h 127.0.0.1 -u "$user" -e 'SELECT 1' 2>&1) || case $said in
      *[Dd]enied*) printf '%s' "MySQL denies access with $name of docker/.env$(password_hint "$said")" && return 1 ;;
    esac
  done
}
# Whether the Redis that runs does. A gateway without it serves, but hears nothing of the others.
check_redis() {
  local redis said
  redis=$(running redis | sed -n 1p)
  [ -n "$redis" ] || return 0
  said=$(REDISCLI_AUTH=$(as_compose_reads REDIS_PASSWORD) docker exec -e REDISCLI_AUTH "$redis" redis-cli ping 2>&1) || true
  case $said in
    *WRONGPASS* | *NOAUTH*)
      printf '%s' 'Redis does not take REDIS_PASSWORD of docker/.env: put the old one back, or run docker/deploy_multi_instance.sh, which gives Redis the new one'
      return 1
      ;;
  esac
}
as_compose_reads() { printf 'services: { any: { image: "$%s" } }' "$1" | docker compose --project-directory . -f - config --images; }
# The same of several names, with | behind each.
# shellcheck disable=SC2016 # names of Compose
all_as_compose_reads() { printf 'services: { any: { image: "%s" } }' "$(printf '${%s:-}|' "$@")" | docker compose --project-directory . -f - config --images 2>/dev/null; }

password_hint() {
  case $1 in *[Dd]enied*) printf ' (the database keeps the passwords it was made with: put those back into docker/.env)' ;; esac
}

# What a container said last about its trouble, on one line.
last_words() {
  local lines
  lines=$(
    engine inspect -f '{{if .State.Health}}{{range .State.Health.Log}}{{.Output}}{{"\n"}}{{end}}{{end}}' "$1" 2>/dev/null | grep -i 'denied' | tail -n 1
    engine logs --tail 200 "$1" 2>&1 | grep -iE '^(parley|config):|\[ERROR\]|\[emerg\]|denied' | tail -n 1
    engine logs --tail 200 "$1" 2>&1 | grep -v '^ *$' | tail -n 1
  ) || true
  [ -n "$lines" ] || lines=$(engine inspect -f 'it ended with status {{.State.ExitCode}} and said nothing' "$1" 2>/dev/null) || true
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
      state=$(engine inspect -f '{{.State.Status}}{{if and (eq .State.Status "exited") (ne .State.ExitCode 0)}}-badly{{end}} {{if .State.Health}}{{.State.Health.Status}}{{else}}healthy{{end}} {{.RestartCount}}' "$id" 2>/dev/null || echo 'gone - 0')
      case $state in
        # What has done its work and ended well is as good as healthy.
        'running healthy '* | 'exited '*) ;;
        exited-badly* | dead* | gone* | *' unhealthy '* | *' '[2-9] | *' '[0-9][0-9]*) last_words "$id" && return 1 ;;
        *) waiting=$id ;;
      esac
      # Before it is set up, MySQL denies nobody: this will not pass.
      if [ -n "$waiting" ] && engine inspect -f '{{if .State.Health}}{{range .State.Health.Log}}{{.Output}}{{end}}{{end}}' "$id" 2>/dev/null | grep -q 'Access denied'; then
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
  said=$(compose run --rm --no-deps -T app sh -c 'node dist/apps/gateway/scripts/print-config.js 2>&1 >/dev/null' 2>"$scratch") || status=$?
  said=${said:-$(tail -n 1 "$scratch")}
  case $said in *overlap*) said="$said: choose another network with PARLEY_NET=10.1.2 in docker/.env" ;; esac
  [ $status = 0 ] || printf '%s' "${said%%$'\n'*}"
  return $status
}

# Whether a container of this installation has that port of this machine.
is_ours() { [ -n "$(docker ps -q --filter label=com.docker.compose.project=parley --filter "publish=$1")" ]; }

# Starts Nginx's own check of what it would read, beside the one that runs, and with the ports of this machine that it would get: Docker
# alone knows whether one is free. Says what is wrong.
check_nginx() {
  local said status=0 files=${COMPOSE_FILE:-$(env_value COMPOSE_FILE)} address service target port
  compose config --services | grep -x nginx >/dev/null || return 0
  address=$(all_as_compose_reads PUBLISH_ADDRESS)
  address=${address%|*}
  address=${address:-0.0.0.0}
  # The address is tried in any case, with whatever port is free there.
  set -- -p "$address::8080"
  while read -r service target _ port; do
    [ "$service" != nginx ] || is_ours "$port" || set -- "$@" -p "$address:$port:$target"
  done < <(published)
  said=$(COMPOSE_FILE=${files:-docker-compose.yml:docker-compose.multi.yml}:nginx/check.yml compose run --rm --no-deps -T "$@" nginx </dev/null 2>&1) || status=$?
  [ $status != 0 ] || return 0
  said=$(grep -F '[emerg]' <<<"$said" || tail -n 1 <<<"$said")
  said=${said%%$'\n'*}
  said=${said#*\[emerg\] }
  case $said in
    *settings.conf*) said="$said (by FRONT_PROXIES or PARLEY_HOSTS of docker/.env)" ;;
    *already\ in\ use* | *already\ allocated*)
      port=$(grep -oE "$address:[0-9]+" <<<"$said" | sed -n 1p) || true
      said="port ${port:-$said} is taken by another program: stop it, or choose another port in docker/.env"
      ;;
    *assign\ requested\ address*) said="PUBLISH_ADDRESS=$(as_compose_reads PUBLISH_ADDRESS) in docker/.env is not an address of this machine" ;;
  esac
  printf '%s' "$said"
  return 1
}

# Those of some gateways that serve, one a line: serving ID...
serving() {
  local id
  for id; do
    case $(engine inspect -f '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$id" 2>/dev/null) in
      'running healthy '[0-9]*) say "$id" ;;
    esac
  done
}

# The ports of this machine that the installation takes, one a line: the service and its port, and where that is reached from here.
published() {
  compose config | awk '
    /^[^ ]/ { services = $1 == "services:" }
    services && /^  [^ ]/ { service = $1; sub(/:$/, "", service) }
    services && /^    [^ ]/ { ports = $1 == "ports:" }
    services && ports {
      gsub(/"/, "")
      if (sub(/^      - /, "")) address = "127.0.0.1"
      if ($1 == "host_ip:" && $2 != "0.0.0.0" && $2 != "::") address = $2
      if ($1 == "target:") target = $2
      if ($1 == "published:") print service, target, address, $2
    }'
}

# The status of an HTTP answer of this machine, or nothing: http_status ADDRESS PORT PATH
http_status() {
  (
    exec 3<>"/dev/tcp/$1/$2"
    printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$3" >&3
    read -r -t 5 _ status _ <&3
    printf '%s' "$status"
  ) 2>/dev/null || true
}
