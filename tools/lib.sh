# Shared by ./run, ./test and the suites: progress, package installation, builds, Python environments.
# shellcheck shell=bash
# Source it with `root` set to the project's folder.

: "${root:?set root before sourcing tools/lib.sh}"
jobs_max="$(nproc)"

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Runs a command with its output in a log; shows the log's tail only when it fails.
quietly() {
  local log="$root/build/logs/$1.log"
  shift
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "'$*' failed; the whole output is in ${log#"$root"/}"
  fi
}

# For what comes over a network: a registry that was busy gets two more tries.
thrice() {
  local pause
  for pause in 5 20; do
    "$@" && return
    sleep "$pause"
  done
  "$@"
}

debian_release() {
  # shellcheck disable=SC1091
  . /etc/os-release
  case "${VERSION_CODENAME:-}" in
    bookworm | trixie) echo "$VERSION_CODENAME" ;;
    *) die "this script knows Debian 12 (bookworm) and 13 (trixie), not '${PRETTY_NAME:-unknown}'; install the packages of tools/packages.txt yourself and set LAYER_NO_INSTALL=1" ;;
  esac
}

packages_for() { # use release
  awk -v use="$1" -v release="$2" \
    '$1 == use { print (release == "trixie" && NF > 2) ? $3 : $2 }' "$root/tools/packages.txt"
}

# Installs what is missing of the named uses ("build", "sample", "test").
install_packages() {
  [ -z "${LAYER_NO_INSTALL:-}" ] || return 0
  local release missing=() use package
  release="$(debian_release)"
  for use in "$@"; do
    for package in $(packages_for "$use" "$release"); do
      # A newer tool that is already on the path serves as well as Debian's.
      case "$package" in
        nodejs) command -v node >/dev/null && continue ;;
        npm) command -v npm >/dev/null && continue ;;
        golang-go) command -v go >/dev/null && continue ;;
      esac
      dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
        missing+=("$package")
    done
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "installing ${#missing[@]} packages: ${missing[*]}"
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "packages are missing and neither root nor sudo is at hand: apt-get install ${missing[*]}"
    sudo=(sudo)
  fi
  quietly apt-update thrice "${sudo[@]}" apt-get update
  quietly apt-install thrice "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}"
}

# Runs a command that installs servers, without any of them being started: what needs one starts its own.
without_starting() {
  local policy=/usr/sbin/policy-rc.d sudo=() status=0
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  if [ -e "$policy" ]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
  "${sudo[@]}" chmod 755 "$policy"
  ("$@") || status=$?
  "${sudo[@]}" rm -f "$policy"
  return "$status"
}

# Configures and builds a preset; progress is ninja's status line. Further arguments are targets.
build_preset() {
  local preset="$1"
  shift
  (
    cd "$root" || exit 1
    [ -f "build/$preset/build.ninja" ] || quietly "configure-$preset" cmake --preset "$preset"
    local targets=()
    [ "$#" -eq 0 ] || targets=(--target "$@")
    local log="build/logs/build-$preset.log"
    mkdir -p build/logs
    local failed="the build of preset '$preset' failed; the whole output is in $log"
    if [ -t 1 ]; then
      NINJA_STATUS="[%f/%t %es] " cmake --build "build/$preset" -j "$jobs_max" "${targets[@]}" 2>&1 |
        tee "$log" || die "$failed"
    else
      # Without a terminal: a line every 25 steps, and everything from the first failure on.
      NINJA_STATUS="[%f/%t %es] " cmake --build "build/$preset" -j "$jobs_max" "${targets[@]}" 2>&1 | tee "$log" |
        awk '/FAILED|error:/ { bad = 1 } bad || /^\[[0-9]*(00|25|50|75)\/|^ninja: error/ { print; fflush() }' ||
        die "$failed"
    fi
  )
}

# A Python environment under build/ with the pinned packages of a requirements file; prints its python.
python_env() { # name requirements
  local folder="$root/build/venv/$1" stamp
  stamp="$folder/.installed-$(sha256sum "$2" | cut -c1-16)"
  if [ ! -f "$stamp" ]; then
    rm -rf "$folder"
    quietly "venv-$1" python3 -m venv "$folder"
    quietly "pip-$1" thrice "$folder/bin/pip" install --disable-pip-version-check -r "$2"
    touch "$stamp"
  fi
  echo "$folder/bin/python"
}
