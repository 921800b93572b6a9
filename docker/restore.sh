#!/usr/bin/env bash
# Puts a backup in the place of the database: docker/restore.sh FILE --yes
# It is read beside the database, while the gateways serve. They stop while it takes its place, and start again: that is an outage of about
# nine seconds or more, with three of them. What was stored after the backup is lost: clients are told by a new epoch, and drop what they
# remember. When anything fails, the database is as it was.
# When the script itself was killed with the backup in its place, what was there before is kept until you choose:
#   docker/restore.sh --undo --yes puts it back, docker/restore.sh --keep removes it.
from=$PWD
CDPATH='' cd -- "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./lib.sh

# shellcheck disable=SC2016 # no variables
check_file() {
  [ -f "$file" ] || die "there is no file $file"
  (gzip -dc "$file" | tail -n 1 | grep -q '^-- Dump completed') 2>/dev/null || die "$file is not a whole backup, nothing was changed"
  # One that names a database would be read into that one.
  [ "$(gzip -dc "$file" | grep -aioE '^(CREATE TABLE `(conversations|migrations)`|USE |CREATE DATABASE )' | sort | tr -d '\n')" = 'CREATE TABLE `conversations`CREATE TABLE `migrations`' ] ||
    die "$file is not a backup of Parley, nothing was changed"
}

file=${1:-}
[ -n "$file" ] || die 'say which backup: docker/restore.sh docker/backups/parley-….sql.gz --yes'
[ "$file" = --keep ] || [ "${2:-}" = --yes ] ||
  die "everything in the database is replaced: add --yes behind $file when you are sure"
case $file in
  --undo | --keep) ;;
  *)
    case $file in /*) ;; *) file=$from/$file ;; esac
    check_file
    ;;
esac
require_docker
require_env
one_at_a_time
check_network
[ -n "$(running mysql)" ] || die 'MySQL does not run here: start it with docker/deploy_multi_instance.sh'
said=$(check_passwords) || die "nothing was changed: $said"

# shellcheck disable=SC2016 # the variables are those of the container
mysql() { compose exec -T mysql sh -c 'MYSQL_PWD=$MYSQL_ROOT_PASSWORD exec mysql -h 127.0.0.1 -u root "$@"' mysql "$@"; }
sql() { mysql -N -e "$1" </dev/null; }
tables() { sql "SELECT table_name FROM information_schema.tables WHERE table_schema = '$1'"; }
users=$(compose config --services | grep -xE 'app|group-consumer')
# shellcheck disable=SC2086 # names of services
stop_gateways() { undisturbed compose stop $users; }
start_gateways() {
  # shellcheck disable=SC2086
  undisturbed compose up -d --no-build --no-deps --scale "app=$replicas" $users || return 1
  # shellcheck disable=SC2046 # identifiers
  said=$(wait_healthy 120 $(compose ps -aq app))
}
# Puts the tables of a database in the place of Parley's, which go to another one, all of them at once: swap FROM TO
swap() {
  local moves='' table
  for table in $(tables parley); do moves="$moves, parley.\`$table\` TO $2.\`$table\`"; done
  for table in $(tables "$1"); do moves="$moves, $1.\`$table\` TO parley.\`$table\`"; done
  undisturbed sql "RENAME TABLE ${moves#, }"
}

# Free room for a second database: a table takes up to twice what its lines in a backup do, and MySQL writes these into its binary log too.
check_room() {
  local need free
  need=$(($(gzip -dc "$file" | wc -c) * 3 / 1048576 + 256))
  free=$(compose exec -T mysql df -Pm /var/lib/mysql </dev/null | awk 'NR == 2 { print $4 }')
  [ -z "$free" ] || [ "$free" -ge "$need" ] ||
    die "the disk of MySQL has $free MiB free, and the backup takes up to $need beside the database, nothing was changed: make room"
}

# How far this came is seen from the database, so that it does not matter where it was stopped.
gateways_stopped=''
as_it_was() {
  unstoppable
  local before
  if [ -n "$gateways_stopped" ]; then
    say 'Putting back what was there ...'
    before=$(tables parley_before) || return
    if [ -n "$before" ]; then
      put_back || { say "what was there is in the database parley_before: $said" && return; }
    fi
    start_gateways || say "the gateways do not start: $said"
  fi
  remove_beside
}
put_back() { stop_gateways && swap parley_before parley_restoring; }
remove_beside() { sql 'DROP DATABASE IF EXISTS parley_restoring; DROP DATABASE IF EXISTS parley_before'; }

# A restore that was killed keeps what was there before: only its operator knows which of both shall stay.
left=$(tables parley_before) || die 'MySQL refuses, nothing was changed: see above'
case $file in
  --undo | --keep)
    [ -n "$left" ] || die 'no restore was killed here: there is nothing to undo and nothing to keep'
    unstoppable
    if [ "$file" = --undo ]; then
      say 'Putting back what was there ...'
      { sql 'CREATE DATABASE IF NOT EXISTS parley_restoring' && put_back; } || die "what was there is still in the database parley_before: $said"
    fi
    start_gateways || die "the gateways do not start: $said"
    remove_beside
    say 'Done.'
    exit
    ;;
esac
[ -z "$left" ] ||
  die 'a restore was killed when its backup was in place, and what was there before is in the database parley_before, nothing was changed: run docker/restore.sh --undo --yes to put that back, or docker/restore.sh --keep to remove it'
check_room

say 'Reading the backup ...'
{ remove_beside && sql 'CREATE DATABASE parley_restoring; CREATE DATABASE parley_before'; } || die 'MySQL refuses, nothing was changed: see above'
undo+=(as_it_was)
gzip -dc "$file" | mysql parley_restoring || die 'the backup cannot be read, the database stays as it is: see above'
[ "$(tables parley_restoring | grep -cxE 'conversations|migrations')" = 2 ] || die 'the backup has not all tables, the database stays as it is'
# Its tables are brought up to date and it gets its new epoch before anybody uses it.
beside=mysql://root:$(as_compose_reads MYSQL_ROOT_PASSWORD)@mysql:3306/parley_restoring
said=$(DATABASE_URL=$beside compose run --rm --no-deps -T -e DATABASE_URL app npm run -s epoch:renew 2>&1 </dev/null) ||
  die "the backup cannot be used, the database stays as it is: $(tail -n 1 <<<"$said")"
say 'Putting it in the place of the database ...'
gateways_stopped=yes
stop_gateways || die "the gateways do not stop, the database stays as it is: $said"
swap parley_restoring parley_before || die "the database stays as it is: $said"
start_gateways || die "the gateways do not get ready with the backup, the database is put back: $said"
undo=(remove_beside)
say 'The backup is in place.'
