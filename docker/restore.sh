#!/usr/bin/env bash
# Puts a backup in the place of the database: docker/restore.sh FILE --yes
# The gateways stop meanwhile. What was stored after the backup is lost: clients are told by a new epoch, and drop what they remember.
from=$PWD
CDPATH='' cd -- "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./lib.sh

file=${1:-}
[ -n "$file" ] || die 'say which backup: docker/restore.sh docker/backups/parley-….sql.gz --yes'
case $file in /*) ;; *) file=$from/$file ;; esac
[ -f "$file" ] || die "there is no file $file"
[ "${2:-}" = --yes ] || die 'everything in the database is replaced: add --yes behind the file when you are sure'
(gzip -dc "$file" | tail -n 1 | grep -q '^-- Dump completed') 2>/dev/null || die "$file is not a whole backup, nothing was changed"
# shellcheck disable=SC2016 # no variables
[ "$(gzip -dc "$file" | grep -cE '^CREATE TABLE `(conversations|migrations)`')" = 2 ] || die "$file is not a backup of Parley, nothing was changed"
require_docker
require_env
one_at_a_time
[ -n "$(running mysql)" ] || die 'MySQL does not run here: start it with docker/deploy_multi_instance.sh'

users=$(compose config --services | grep -xE 'app|group-consumer')
count=$replicas
say 'Stopping the gateways ...'
# shellcheck disable=SC2086 # names of services
compose stop $users >/dev/null 2>&1 || die 'the gateways do not stop: see docker ps'
say 'Reading the backup ...'
again='the database is not whole now and the gateways are stopped: run this again'
# shellcheck disable=SC2016 # the variables are those of the container
mysql='MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql -h 127.0.0.1 -u root'
# shellcheck disable=SC2016
compose exec -T mysql sh -c "$mysql"' -e "DROP DATABASE IF EXISTS \`$MYSQL_DATABASE\`; CREATE DATABASE \`$MYSQL_DATABASE\`"' || die "$again"
# shellcheck disable=SC2016
gzip -dc "$file" | compose exec -T mysql sh -c "$mysql"' "$MYSQL_DATABASE"' || die "$again"
said=$(compose run --rm --no-deps -T app npm run -s epoch:renew 2>&1) || die "$(tail -n 1 <<<"$said"): $again"
say 'Starting the gateways ...'
# shellcheck disable=SC2086
compose up -d --no-build --no-deps --scale "app=$count" $users >/dev/null 2>&1 || die 'the gateways do not start: see docker ps'
# shellcheck disable=SC2046 # identifiers
said=$(wait_healthy 120 $(compose ps -aq app)) || die "the gateways did not get ready: $said"
say 'The backup is in place.'
