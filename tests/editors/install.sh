#!/bin/bash
# Installs the editors that the tests in this folder drive: install.sh [FOLDER]
#
# FOLDER defaults to $KERASCOPE_EDITORS, and that to .cache/editors in the repository. VS Code comes as
# code-server from npm, chromium and Neovim come from the system's packages. What is there already is
# kept, so that running this again costs a moment.
set -euo pipefail

CODE_SERVER=4.139.1 # holds VS Code 1.139.1
NODE=24             # the Node that this code-server wants
PLAYWRIGHT=1.65.1

repository=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-${KERASCOPE_EDITORS:-$repository/.cache/editors}}
quiet=(--no-audit --no-fund --loglevel=error)

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

install_packages() {
  local missing=()
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
  command -v nvim >/dev/null || missing+=(neovim)
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    [ ${#missing[@]} -eq 0 ] || fail "please install ${missing[*]}; this script can do so only as root and with apt-get"
    return 0
  fi
  # The pictures in docs/images are set in these fonts; the tests do without.
  compgen -G "/usr/share/fonts/*/jetbrains-mono/*" >/dev/null || missing+=(fonts-jetbrains-mono)
  compgen -G "/usr/share/fonts/*/inter/*" >/dev/null || missing+=(fonts-inter)
  compgen -G "/usr/share/fonts/*/noto/NotoColorEmoji*" >/dev/null || missing+=(fonts-noto-color-emoji)
  [ ${#missing[@]} -gt 0 ] || return 0
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

install_code_server() {
  local code=node_modules/code-server/lib/vscode watcher
  if [ -e "$code/installed-$CODE_SERVER" ]; then
    return 0
  fi
  [ "$(uname -s)" = Linux ] || fail "code-server is installed here on Linux only"
  local cpu
  case $(uname -m) in
    x86_64) cpu=x64 ;;
    aarch64) cpu=arm64 ;;
    *) fail "there is no Node package for $(uname -m)" ;;
  esac
  [ -f package.json ] || echo '{"private": true}' >package.json
  npm install "${quiet[@]}" --ignore-scripts --no-save "code-server@$CODE_SERVER" "playwright-core@$PLAYWRIGHT" "node-linux-$cpu@$NODE"
  ln -sfn "node-linux-$cpu" node_modules/node-linux
  export PATH="$PWD/node_modules/node-linux/bin:$PATH"

  # code-server's own install script downloads and compiles. Nothing that the tests need is compiled,
  # so the parts are put together without it.
  (cd $code && npm install "${quiet[@]}" --omit=dev --omit=optional --ignore-scripts)
  watcher=$(cd $code && node -p "require('./node_modules/@parcel/watcher/package.json').version")
  (cd $code && npm install "${quiet[@]}" --no-save --omit=dev --ignore-scripts "@parcel/watcher-linux-$cpu-glibc@$watcher")
  (cd $code/bin/remote-cli && ln -sf code-linux.sh code-server)
  (cd $code/bin/helpers && ln -sf browser-linux.sh browser.sh)
  node node_modules/code-server/out/node/entry.js --version >/dev/null
  touch "$code/installed-$CODE_SERVER"
}

install_extension_tools() {
  local lock=$repository/vscode-client/package-lock.json
  local installed=$repository/vscode-client/node_modules/.package-lock.json
  # npm ci empties the folder first, so it is only run when the lock file is newer.
  [ "$installed" -nt "$lock" ] || (cd "$repository/vscode-client" && npm ci "${quiet[@]}")
}

command -v npm >/dev/null || fail "please install Node 20 or newer with npm"
install_packages
mkdir -p "$folder"
(cd "$folder" && install_code_server)
install_extension_tools
echo "The editors are in $folder."
