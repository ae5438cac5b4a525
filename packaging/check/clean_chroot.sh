#!/usr/bin/env bash
# Installs a .deb with apt in a Debian system that has nothing else, starts the desk there on a real X server, removes
# it again and looks for what stayed behind. The build machine hides missing Depends; this does not.
# Needs root and debootstrap; the bare system is kept in build/chroots and copied for each run.
#
#     sudo packaging/check/clean_chroot.sh dist/liaison-desk_0.1.0_amd64.deb [bullseye|bookworm|trixie]
set -euo pipefail
clone=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
deb=$(readlink -f "$1")
suite=${2:-trixie}
store=${CHROOTS:-$clone/build/chroots}
bare=$store/$suite
run=$store/$suite.run
[ "$(id -u)" = 0 ] || { echo "root is needed: this makes a Debian $suite system in $store" >&2; exit 1; }

leave() { umount "$run/proc" 2> /dev/null || true; }
trap leave EXIT
mkdir -p "$store"
[ -e "$bare/.bootstrapped" ] || { rm -rf "$bare"; debootstrap --variant=minbase "$suite" "$bare" > "$store/$suite.log"; touch "$bare/.bootstrapped"; }
leave
rm -rf "$run" && cp -a "$bare" "$run"
cp /etc/resolv.conf /etc/hosts "$run/etc/"
mount -t proc proc "$run/proc"
[ -e "$run/dev/urandom" ] || mknod -m 666 "$run/dev/urandom" c 1 9
cp "$deb" "$run/tmp/liaison.deb"
inside() { env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive chroot "$run" bash -euo pipefail -c "$1"; }

inside "apt-get update -q && apt-get install -y -q --no-install-recommends /tmp/liaison.deb" > "$store/$suite.install.log" 2>&1 \
    || { tail -20 "$store/$suite.install.log"; exit 1; }
echo "installed with: $(inside "dpkg-query -W -f '\${Package}\n' | wc -l") packages in all"
# the X server and the smoke's Python come after the desk, so that they cannot bring a library it failed to ask for
missing=$(inside "cd /opt/apps/*/files && find . -type f \( -name '*.so*' -o -name liaison \) -exec ldd {} + 2>/dev/null | grep 'not found' | grep -vE '_internal|libcups' | sort -u" || true)
missing=$(for name in $(awk '{ print $1 }' <<< "$missing"); do
    find "$run"/opt/apps/*/files -name "$name" | grep -q . || echo "$name"; done)
[ -z "$missing" ] || { echo "not found: $missing"; exit 1; }
inside "apt-get install -y -q --no-install-recommends xvfb xauth python3" > "$store/$suite.tools.log" 2>&1
cp "$clone/packaging/check/smoke.py" "$run/tmp/"
inside "python3 /tmp/smoke.py /usr/bin/liaison --offscreen"
inside "apt-get remove -y -q liaison-desk" > "$store/$suite.remove.log" 2>&1
if inside "ls -d /opt/apps/org.liaison_desk.Liaison /usr/bin/liaison /usr/share/applications/org.liaison_desk*" 2> /dev/null; then
    echo "removal left files behind"
    exit 1
fi
echo "$suite: installed, started, removed"
