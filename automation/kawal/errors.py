"""The few exceptions of kawal; only the command line and the server turn them into exit codes and replies."""

from __future__ import annotations

import errno

from kawal.bahasa import t

EXIT_OK = 0
EXIT_CRASH = 1
EXIT_BLOCKED = 3
EXIT_LOGIN = 4
EXIT_TEMPORARY = 5
EXIT_UNREADABLE = 6
EXIT_PLAN_CHANGES = 10
EXIT_INTERRUPTED = 130


OS_REASONS = {
    errno.ENOENT: "tidak ada",
    errno.EACCES: "tidak boleh dibuka",
    errno.EPERM: "tidak boleh diubah",
    errno.EISDIR: "itu folder, bukan berkas",
    errno.ENOTDIR: "jalurnya melewati berkas yang bukan folder",
    errno.ENOSPC: "disk penuh",
    errno.EROFS: "disk hanya dapat dibaca",
    errno.ENAMETOOLONG: "nama terlalu panjang",
    errno.ELOOP: "tautan berputar",
    errno.EEXIST: "sudah ada",
    errno.EADDRINUSE: "port itu sedang dipakai",
    errno.EADDRNOTAVAIL: "alamat itu bukan milik mesin ini",
}


def os_reason(error: OSError) -> str:
    """Why a file could not be used, in the language of the user where we know the words."""
    return OS_REASONS.get(error.errno or 0) or error.strerror or str(error)


class KawalError(Exception):
    """Base of every error a user may meet. `code` is AREA-NNN, `exit_code` one of docs/formats.md §16.

    The facts are attributes; the text a person reads is built here and nowhere else:
    what is wrong and where (`what`), what was found and needed, the next step.
    """

    exit_code = EXIT_UNREADABLE

    def __init__(
        self,
        code: str,
        what: str,
        *,
        found: str | None = None,
        needed: str | None = None,
        next_step: str | None = None,
    ) -> None:
        self.code = code
        self.what = what
        self.found = found
        self.needed = needed
        self.next_step = next_step
        super().__init__(self.text())

    def text(self) -> str:
        """The message, several lines."""
        lines = [f"{self.code} {self.what}"]
        facts = (
            (t("ditemukan"), self.found),
            (t("dibutuhkan"), self.needed),
            (t("berikutnya"), self.next_step),
        )
        lines += [f"  {label + ':':<11} {fact}" for label, fact in facts if fact]
        return "\n".join(lines)


class InputError(KawalError):
    """A file, profile, record, plan or setting cannot be read or is not valid (exit 6)."""


class BlockedError(KawalError):
    """A rule says no to an act, outside of a release verdict (exit 3)."""

    exit_code = EXIT_BLOCKED


class LoginError(KawalError):
    """No token, a wrong token, or too few rights (exit 4)."""

    exit_code = EXIT_LOGIN


class TemporaryError(KawalError):
    """Forge, network or disk does not answer now; the same command may be repeated (exit 5)."""

    exit_code = EXIT_TEMPORARY


class NotFoundError(KawalError):
    """The forge has no such thing, or hides it from this token."""


class ConflictError(KawalError):
    """The forge refused a write because the thing exists or changed meanwhile."""


class PlanOutdatedError(KawalError):
    """Neither `before` nor `after` of a planned change holds any more (exit 6)."""
