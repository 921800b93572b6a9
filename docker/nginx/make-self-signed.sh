#!/usr/bin/env bash
# Makes a certificate for a trial: docker/nginx/make-self-signed.sh [HOST...]      (localhost and 127.0.0.1 unless you say otherwise)
# Browsers warn of it. One that is there already is left alone.
set -euo pipefail
umask 077
cd "$(dirname "${BASH_SOURCE[0]}")"

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

command -v openssl >/dev/null || die 'openssl is missing: install it'
if [ -s certs/fullchain.pem ] && [ -s certs/privkey.pem ]; then
  echo 'docker/nginx/certs has a certificate already: remove the folder to make another one.'
  exit 0
fi
[ $# -gt 0 ] || set -- localhost 127.0.0.1
names=''
for host; do
  case $host in
    *[!0-9.]*) names=$names,DNS:$host ;;
    *) names=$names,IP:$host ;;
  esac
done
mkdir -p certs
said=$(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=$1" \
  -addext "subjectAltName=${names#,}" -keyout certs/privkey.pem -out certs/fullchain.pem 2>&1) || {
  rm -rf certs
  die "openssl made no certificate: $(tail -n 1 <<<"$said")"
}
echo "Made docker/nginx/certs/fullchain.pem and privkey.pem, good for a year. In docker/.env: PARLEY_HOSTS='$*'"
