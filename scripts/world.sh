# Sourced: the four services and the sandbox as processes in one folder, on one machine.
#   world_prepare DIR SHIFT   keys, secrets and data folders (mode 0600 and 0700), all new
#   world_start BIN           starts everything and waits until each is ready
#   world_stop                SIGTERM to everything, waits
#   world_wait                until one of them ends

WORLD_PIDS=()

source "$ROOT/scripts/keys.sh"

world_prepare() {
  WORLD=$1 WORLD_SHIFT=$2
  if [ -e "$WORLD" ] && [ ! -e "$WORLD/.made-by-scripts-run" ]; then die "$WORLD exists and is not ours: move it away"; fi
  rm -rf "$WORLD"
  (
    umask 077
    mkdir -p "$WORLD"/{keys,logs,ports} "$WORLD"/data/{sender-registry,verifier,messaging-router,receipts}
    touch "$WORLD/.made-by-scripts-run"
    make_keys "$WORLD/keys"
  )
}

# world_launch NAME VARIABLE=VALUE…: only the settings given, nothing inherited.
world_launch() {
  local name=$1
  shift
  env -i PATH="$PATH" ${LD_LIBRARY_PATH:+LD_LIBRARY_PATH="$LD_LIBRARY_PATH"} PORTS_FILE="$WORLD/ports/$name" "$@" \
    "$WORLD_BIN/$name" >"$WORLD/logs/$name.log" 2>&1 9>&- &
  WORLD_PIDS+=($!)
}

# world_service INDEX NAME VARIABLE=VALUE…
world_service() {
  local index=$1 name=$2 i=0 peer peers=()
  shift 2
  for peer in SENDER_REGISTRY VERIFIER MESSAGING_ROUTER RECEIPTS; do
    i=$((i + 1))
    [ $i -eq "$index" ] || peers+=("${peer}_RPC=127.0.0.1:$((7100 + i + WORLD_SHIFT))")
  done
  world_launch "$name" DATA_DIR="$WORLD/data/$name" RPC_KEYS_FILE="$WORLD/keys/$name.rpc" \
    SEALING_KEY_FILE="$WORLD/keys/$name.sealing" RPC_PORT=$((7100 + index + WORLD_SHIFT)) \
    HTTP_PORT=$((8100 + index + WORLD_SHIFT)) PRIVATE_PORT=$((9100 + index + WORLD_SHIFT)) "${peers[@]}" "$@"
}

world_start() {
  WORLD_BIN=$1
  local sandbox=http://127.0.0.1:$((8190 + WORLD_SHIFT)) secret=META_APP_SECRET_FILE="$WORLD/keys/meta-app-secret" name
  world_launch sandbox SANDBOX_PORT=$((8190 + WORLD_SHIFT)) "$secret" \
    WEBHOOK_URL=http://127.0.0.1:$((8103 + WORLD_SHIFT))/webhooks/meta
  # The sandbox's own account at its carrier.
  local carrier=(
    CARRIER_URL="$sandbox" CARRIER_ACCOUNT_SID=AC00000000000000000000000000000001
    CARRIER_AUTH_TOKEN=sandbox-carrier-token
  )
  world_service 1 sender-registry "$secret" GRAPH_URL="$sandbox" META_APP_ID=100000000000001 \
    ADMIN_API_KEY_FILE="$WORLD/keys/admin-api-key" "${carrier[@]}" \
    PUBLIC_URL=http://127.0.0.1:$((8101 + WORLD_SHIFT)) META_CONFIG_ID=100000000000002 \
    META_SDK_URL="$sandbox/sdk.js" META_TEST_ORIGIN="$sandbox" PARTNER_MODE=solution_partner \
    META_BUSINESS_ID=100000000000009 META_SYSTEM_TOKEN=sandbox-system-token
  world_service 2 verifier GRAPH_URL="$sandbox" "${carrier[@]}" PUBLIC_URL=http://127.0.0.1:$((8102 + WORLD_SHIFT)) \
    TRANSCRIBERS=server TRANSCRIBER_URL="$sandbox" TRANSCRIBER_MODEL=sandbox
  world_service 3 messaging-router "$secret" GRAPH_URL="$sandbox" META_APP_ID=100000000000001 \
    META_VERIFY_TOKEN_FILE="$WORLD/keys/meta-verify-token" AI_BASE_URL="$sandbox/v1" AI_MODEL=sandbox
  world_service 4 receipts ALLOW_HTTP_WEBHOOKS=true EGRESS_PORTS=443,$((8190 + WORLD_SHIFT)) \
    EGRESS_ALLOWED_RANGES=127.0.0.0/8
  for name in sandbox sender-registry verifier messaging-router receipts; do world_await $name; done
}

# Started means that the ports file is there: it is written when everything listens.
world_await() {
  local name=$1 tries=0 pid
  until [ -s "$WORLD/ports/$name" ]; do
    tries=$((tries + 1))
    for pid in "${WORLD_PIDS[@]}"; do
      kill -0 "$pid" 2>/dev/null || { tail -n 20 "$WORLD"/logs/*.log >&2; die "a process ended at start-up, see above"; }
    done
    [ $tries -le 500 ] || { tail -n 20 "$WORLD/logs/$name.log" >&2; die "$name is not ready after 10 s"; }
    sleep 0.02
  done
}

world_stop() {
  [ ${#WORLD_PIDS[@]} -eq 0 ] && return 0
  kill "${WORLD_PIDS[@]}" 2>/dev/null || true
  wait "${WORLD_PIDS[@]}" 2>/dev/null || true
  WORLD_PIDS=()
}

world_wait() {
  wait -n "${WORLD_PIDS[@]}" || true
  say "a process ended; the logs are in $WORLD/logs"
}
