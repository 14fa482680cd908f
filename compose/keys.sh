#!/usr/bin/env bash
# Makes compose/secrets once: RPC and sealing keys, an admin API key, and Meta's app secret and verify token.
# Put your app's real secret and token into the last two. Files are mode 0600 and belong to the container's user
# (10001), because compose mounts secrets with the owner and mode they have here: run it as root.
set -euo pipefail
cd "$(dirname "$0")"
source ../scripts/keys.sh
[ ! -e secrets ] || { echo "secrets exists already: nothing done" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || { echo "run it as root (sudo compose/keys.sh): the files must belong to user 10001" >&2; exit 1; }
umask 077
mkdir secrets
make_keys secrets
chown -R 10001:10001 secrets
echo "made compose/secrets; the admin API key is in secrets/admin-api-key" >&2
