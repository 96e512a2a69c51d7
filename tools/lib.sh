# Shared by ./run and ./test; sourced with `set -euo pipefail`, the current folder the project's top.

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# missing_packages LIST…: the names in these files that dpkg does not have installed.
missing_packages() {
  local wanted installed
  wanted=$(sed 's/#.*//' "$@" | tr -s '[:space:]' '\n' | sed '/^$/d' | sort -u)
  # shellcheck disable=SC2086  # one argument a name
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null |
    sed -n 's/ installed$//p' | sort -u || true)
  comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n' "$installed")
}

# Debian starts a service as soon as its package is installed, unless this file says no (101).
policy=/usr/sbin/policy-rc.d
policy_is_ours=no
forbid_service_starts() {
  [[ -e $policy ]] && return
  trap allow_service_starts EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  policy_is_ours=yes
  chmod 755 "$policy"
}
allow_service_starts() {
  [[ $policy_is_ours == no ]] || rm -f "$policy"
  policy_is_ours=no
}

# need_packages LIST…: installs what is missing; nothing is asked of the network when nothing is.
need_packages() {
  local missing
  command -v dpkg-query >/dev/null || die "this needs Debian 12: there is no dpkg here"
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [[ -n ${missing// /} ]] || return 0
  [[ $(id -u) == 0 ]] ||
    die "these packages are missing: ${missing% } - as root: apt-get install --no-install-recommends ${missing% }"
  say "Installing: ${missing% }"
  export DEBIAN_FRONTEND=noninteractive
  forbid_service_starts
  apt-get -q -o DPkg::Lock::Timeout=300 update >&2 ||
    die "apt-get update failed; its words are above"
  # shellcheck disable=SC2086
  apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing >&2 ||
    die "installing the packages failed; apt's words are above. They are those of Debian 12"
  allow_service_starts
}

# As many compilers at once as there are cores, and GiB of memory to feed them.
jobs_that_fit() {
  local cores gib
  cores=$(nproc)
  gib=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  ((gib > 0)) || gib=1
  echo $((cores < gib ? cores : gib))
}

# configure PRESET: when that is due.
configure() {
  local preset=$1 folder=build/$1 words
  if [[ ! -e $folder/build.ninja || CMakePresets.json -nt $folder/build.ninja ]]; then
    words=$(cmake --preset "$preset" 2>&1) ||
      die "cmake --preset $preset failed:"$'\n'"$words"
  fi
}

# build PRESET [TARGET…]: configures when that is due, then builds.
build() {
  local folder=build/$1
  configure "$1"
  shift
  NINJA_STATUS='[%f/%t, %e s] ' ninja -C "$folder" -j "$(jobs_that_fit)" "$@"
}
