#!/usr/bin/env bash
# Saves the database while it serves: docker/backup.sh [FOLDER]      (docker/backups unless you say otherwise)
# Writes one compressed file that only its owner may read, and prints its name. It is the database as it was at one moment.
umask 077
from=$PWD
CDPATH='' cd -- "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./lib.sh

folder=${1:-$PWD/backups}
case $folder in /*) ;; *) folder=$from/$folder ;; esac
require_docker
require_env
one_at_a_time
[ -n "$(running mysql)" ] || die 'MySQL does not run here: start it with docker/deploy_multi_instance.sh'
{ mkdir -p "$folder" && part=$(mktemp "$folder/.parley-XXXXXX"); } 2>/dev/null || die "nothing can be written into the folder $folder"
litter+=("$part")

# shellcheck disable=SC2016 # the variables are those of the container
dump='MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysqldump -h 127.0.0.1 -u root --single-transaction --set-gtid-purged=OFF --hex-blob "$MYSQL_DATABASE"'
compose exec -T mysql sh -c "$dump" | gzip >"$part" || die 'the database could not be read: see above'
gzip -dc "$part" | tail -n 1 | grep -q '^-- Dump completed' || die 'the database was not read to its end: see above'
name=$folder/parley-$(date -u +%Y%m%dT%H%M%SZ)
file=$name.sql.gz
# Another one of the same second, perhaps from another machine, is not overwritten.
for ((i = 2; ; i++)); do
  ! (set -o noclobber && : >"$file") 2>/dev/null || break
  [ -e "$file" ] || die "nothing can be written into the folder $folder"
  file=$name-$i.sql.gz
done
mv "$part" "$file"
say "$file"
say 'Not in it: docker/.env, and the bytes of files where there is no bucket (see Backup in docs/deploy.md).' >&2
