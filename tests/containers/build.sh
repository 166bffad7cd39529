#!/usr/bin/env bash
# Make the image that the tests of containers run, in a store of podman's of its own:
#   tests/containers/build.sh FOLDER   ->   FOLDER/store holds localhost/storefit-test:1
# It is Debian with PostgreSQL and MariaDB, from Debian's mirror: no registry is asked. The base is
# made once (a minute or two); the entry point is put into it whenever it has changed, and MySQL 9
# where `make mysql-9` has unpacked it beside FOLDER.
set -euo pipefail
folder=$(realpath -m "$1")
here=$(dirname "$(realpath "$0")")
base=localhost/storefit-base:1 image=localhost/storefit-test:1
release=bookworm

[ "$(id -u)" = 0 ] || { echo "this needs root: sudo make containers" >&2; exit 3; }
missing=()
for program in debootstrap podman runc netavark:/usr/lib/podman/netavark iptables; do
  command -v "${program##*:}" >/dev/null || missing+=("${program%%:*}")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "missing: apt-get install ${missing[*]}" >&2
  exit 3
fi

mkdir -p "$folder"
work=$(mktemp -d "$folder/work-XXXXXX")
trap 'rm -rf "$work"' EXIT
pod() { CONTAINERS_CONF="$here/containers.conf" podman --root "$folder/store" --runroot "$folder/run" "$@"; }

if ! pod image exists "$base"; then
  debootstrap --variant=minbase --include=postgresql,mariadb-server-core,mariadb-client-core \
    "$release" "$work/tree" >"$folder/debootstrap.log" 2>&1 ||
    { tail -5 "$folder/debootstrap.log" >&2; echo "debootstrap failed: is there a mirror?" >&2; exit 3; }
  chroot "$work/tree" useradd --system mysql
  tar -C "$work/tree" --exclude='./proc/*' --exclude='./sys/*' --exclude='./dev/*' \
    --exclude='./var/cache/*' --exclude='./var/lib/apt/*' --exclude='./usr/share/doc' \
    --exclude='./usr/share/man' --exclude='./usr/share/locale' --exclude='./usr/share/perl*' \
    --exclude='*/bitcode' -c . | pod import --quiet - "$base" >/dev/null
fi

mysql=$(dirname "$folder")/mysql-9
wanted=$( { cat "$here/entrypoint.sh" "$0"; ls -d "$mysql" 2>/dev/null || true; } | sha256sum | cut -c1-16)
found=$(pod image inspect --format '{{index .Config.Labels "made-of"}}' "$image" 2>/dev/null || true)
if [ "$found" != "$wanted" ]; then
  container=$(pod create --net=none "$base" true)
  pod cp "$here/entrypoint.sh" "$container:/entrypoint.sh"
  [ ! -d "$mysql" ] || pod cp "$mysql" "$container:/opt/mysql-9"
  pod commit --quiet --change 'ENTRYPOINT ["/entrypoint.sh"]' --change 'VOLUME /data' \
    --change "LABEL made-of=$wanted" "$container" "$image" >/dev/null
  pod rm "$container" >/dev/null
fi
