"""A fence around jobs of the team's code: own processes, everything but the own folder read-only, chosen folders out of sight.

On a real GitLab the two runners are two machines (or two users). Here forge, runners, office and targets share one machine and one
user, so a test of the team could rewrite a report of PA's scanner beside it or read its token: kernel namespaces keep them apart.
"""

import os
import shutil
import subprocess  # argument lists only
from collections.abc import Sequence
from functools import cache
from pathlib import Path

# $1 the job's folder, $2 its working folder, $3 folders to hide, one a line; then the command. /mnt is borrowed inside the namespace.
_SETUP = """\
work=$1 cwd=$2 hides=$3
shift 3
mount --make-rprivate /
mount --bind "$work" /mnt
while read -r folder; do mount -t tmpfs -o size=1m,mode=755 pagar "$folder"; done <<< "$hides"
mkdir -p "$work"
mount --bind /mnt "$work"
umount /mnt
while read -r _ place kind _; do
  printf -v place '%b' "$place"
  case "$place:$kind" in
    "$work:"* | *:proc | *:devpts | /dev:*) ;;
    *) mount -o remount,bind,ro "$place" 2>/dev/null || true ;;
  esac
done < /proc/self/mounts
if touch "${work%/*}/.kawal-pagar" 2>/dev/null; then echo 'pagar: masih dapat ditulis di luar folder pekerjaan' >&2; exit 70; fi
cd "$cwd"
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
"""
_NAMESPACES = ("--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


def fenced(command: Sequence[str], *, work: Path, cwd: Path, hides: Sequence[str]) -> list[str]:
    """`command` behind the fence; call it only where `possible()`. Exit code 70 or a failed mount: nothing of `command` ran."""
    hidden = [folder for folder in hides if Path(folder).is_dir()]
    setup = ("bash", "-euc", _SETUP, "pagar", str(work), str(cwd), "\n".join(hidden or [str(work.parent)]))
    return [*_unshare(), "--", *setup, *command]


def _unshare() -> tuple[str, ...]:
    own_user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    return ("unshare", *own_user, *_NAMESPACES)


@cache
def possible() -> bool:
    """Whether this machine lets us: Linux with util-linux, and as an ordinary user with user namespaces."""
    if not (shutil.which("unshare") and shutil.which("setpriv")):
        return False
    try_out = [*_unshare(), "--", "mount", "--make-rprivate", "/"]
    return subprocess.run(try_out, capture_output=True, check=False, timeout=20).returncode == 0
