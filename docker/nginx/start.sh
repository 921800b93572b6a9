#!/bin/sh
# Writes down for Nginx what docker/.env says of this machine, and starts it. A value that does not fit ends it with a line that says so.
# `start.sh check` only says whether it would start.
set -eu
# Words are split below, and no file is meant.
set -f
made=/run/parley

refuse() {
  echo "[emerg] $1=$2 does not fit: expected $3" >&2
  exit 1
}
# Nothing but these characters, so that a value cannot say anything else to Nginx: only NAME VALUE CHARACTERS WHAT
only() {
  # shellcheck disable=SC2254 # a pattern
  case $2 in *[!$3]*) refuse "$1" "$2" "$4" ;; esac
}
# A whole number: count NAME VALUE MOST
count() {
  case $2 in
    *[!0-9]* | 0* | ??????????????*) refuse "$1" "$2" "a whole number from 1 to $3" ;;
  esac
  [ "$2" -le "$3" ] || refuse "$1" "$2" "a whole number from 1 to $3"
}

hosts=${PARLEY_HOSTS:-}
proxies=${FRONT_PROXIES:-}
connections=${CONNECTIONS_PER_ADDRESS:-10000}
largest=${PARLEY_FILES_MAX_BYTES:-1073741824}
https=${HTTPS_PORT:-443}
only PARLEY_HOSTS "$hosts" 'A-Za-z0-9._ -' 'names such as chat.example.com, with blanks between'
networks='addresses or networks such as 10.1.0.0/16, with blanks between'
only FRONT_PROXIES "$proxies" '0-9A-Fa-f.:/ ' "$networks"
# Nginx would ask for anything else as a name, and takes 1.2.3 for 1.2.0.3. Whether one with colons is an address, it says itself.
number='(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
for proxy in $proxies; do
  case $proxy in *:*) continue ;; esac
  echo "$proxy" | grep -qxE "($number\.){3}$number(/[0-9]+)?" || refuse FRONT_PROXIES "$proxies" "$networks"
done
count CONNECTIONS_PER_ADDRESS "$connections" 65535
# As the gateways.
count PARLEY_FILES_MAX_BYTES "$largest" 1099511627776
count HTTPS_PORT "$https" 65535
port=:$https
[ "$https" != 443 ] || port=

mkdir -p $made
{
  for proxy in $proxies; do echo "set_real_ip_from $proxy;"; done
  # Where HTTP leads, by the name that was asked for.
  # shellcheck disable=SC2016 # names of Nginx
  echo 'map $host $leads_to {'
  echo "  default '';"
  for host in localhost 127.0.0.1 $hosts; do echo "  $host https://$host$port;"; done | sort -u
  echo '}'
  echo "limit_conn addresses $connections;"
} >$made/settings.conf
# The frame of a form comes on top.
echo "client_max_body_size $((largest + 1048576));" >$made/files.conf

if [ "${1:-}" = check ]; then set -- -t; else set -- -g 'daemon off;'; fi
exec nginx -c /etc/nginx/parley/nginx.conf "$@"
