# Sourced by the other scripts: where we are, what is needed, how to build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$PWD

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }
now() { date +%s.%N; }
since() { awk "BEGIN{printf \"%.${2:-1}f\", $(now)-$1}"; }

# need_packages PACKAGE…: installs missing Debian packages when root, or names them.
need_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    say "installing ${missing[*]}"
    local log
    log=$(mktemp)
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } \
      >"$log" 2>&1 || { cat "$log" >&2; die "could not install ${missing[*]}"; }
    rm -f "$log"
  else
    die "these packages are missing: sudo apt-get install ${missing[*]}"
  fi
}

need_swift() {
  command -v swift >/dev/null || die "Swift 6.2 or newer is needed: https://www.swift.org/install/linux/"
  local version major minor
  version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+)\.([0-9]+).*/\1 \2/p' | head -1)
  read -r major minor <<<"${version:-0 0}"
  if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; then
    die "Swift 6.2 or newer is needed, this is $major.$minor"
  fi
}

# What every build needs; Debian 12 and Ubuntu 24.04 name it alike.
need_build() {
  need_packages libsqlite3-dev
  need_swift
}
