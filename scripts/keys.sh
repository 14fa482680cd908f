# Sourced: the keys and secrets that the services share.
#   make_keys DIR OWNER?   everything new in DIR, mode 0600

random_key() { head -c 32 /dev/urandom | base64 -w0; }

make_keys() {
  local dir=$1 services=(sender-registry verifier messaging-router receipts) i j key
  # One RPC key per pair of services, one sealing key per service.
  for i in 0 1 2 3; do
    for j in 0 1 2 3; do
      [ $i -lt $j ] || continue
      key=$(random_key)
      echo "${services[$j]} k$i$j $key" >>"$dir/${services[$i]}.rpc"
      echo "${services[$i]} k$i$j $key" >>"$dir/${services[$j]}.rpc"
    done
    echo "s1 $(random_key)" >"$dir/${services[$i]}.sealing"
  done
  printf 'wsk_%s\n' "$(random_key | tr '+/' '-_' | tr -d '=')" >"$dir/admin-api-key"
  random_key | tr -d '=+/' >"$dir/meta-app-secret"
  random_key | tr -d '=+/' >"$dir/meta-verify-token"
}
