"""Run by test_target_crash: installs, and dies by SIGKILL before the N-th call that changes the disk.

The hook lives here and not in the product. Arguments: N, config, permit, package. Prints the number of calls
when it lives to the end.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from kawal_target import target

CALLS = ("fsync", "replace", "rename", "symlink", "mkdir", "unlink", "write")


def main() -> int:
    wanted, config, permit, package = int(sys.argv[1]), *sys.argv[2:5]
    count = 0

    def hook(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == wanted:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call

    for name in CALLS:
        setattr(os, name, hook(getattr(os, name)))
    code = target.main(["pasang", "--konfigurasi", config, "--izin", permit, "--berkas", package])
    print(count)
    return code


if __name__ == "__main__":
    sys.exit(main())
