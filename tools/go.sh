# Sets `go` to a Go tool chain that is new enough. Debian 12 ships 1.19: its `go` then fetches a newer tool
# chain as an ordinary module. Sourced after lib.sh.
# shellcheck shell=bash

go_minimum=22      # 1.22
go_wanted=1.24.10  # fetched when the installed one is older

find_go() {
  local minor
  minor="$(go version | sed -E 's/.* go1\.([0-9]+).*/\1/')"
  if [ "$minor" -ge "$go_minimum" ]; then
    command -v go
    return
  fi
  local module="golang.org/toolchain@v0.0.1-go$go_wanted.linux-amd64"
  (cd "$(mktemp -d)" && quietly go-toolchain thrice env GOFLAGS=-mod=mod GONOSUMDB="*" go mod download "$module")
  local folder
  folder="$(go env GOMODCACHE)/$module"
  chmod +x "$folder"/bin/* "$folder"/pkg/tool/*/*
  echo "$folder/bin/go"
}

go="$(find_go)"
export GOTOOLCHAIN=local
