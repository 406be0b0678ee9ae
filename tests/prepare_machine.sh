#!/bin/sh
# Installs what the end-to-end scenes need from Debian (a browser, a Chinese font), where that is allowed.
# Where it is not, the browser scenes are skipped and the test run says so.
set -u
missing=""
command -v chromium >/dev/null || missing="chromium"
fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fonts-noto-cjk fontconfig"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then as_root=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root="sudo"
else echo "没有权限安装：$missing。浏览器测试将被跳过。"; exit 0
fi
command -v apt-get >/dev/null || { echo "没有 apt-get，无法安装：$missing。浏览器测试将被跳过。"; exit 0; }
echo "安装浏览器测试所需的软件包：$missing …"
$as_root env DEBIAN_FRONTEND=noninteractive sh -c "apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing" >/dev/null 2>&1 \
  || echo "安装失败：$missing。浏览器测试将被跳过。"
exit 0
