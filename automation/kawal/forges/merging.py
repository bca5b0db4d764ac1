"""Merging exactly one head, the same on every forge: look, ask, look again. What was asked for and lost counts by what stands."""

from __future__ import annotations

from collections.abc import Callable

from kawal.errors import ConflictError, TemporaryError
from kawal.forges.port import MergeRequest


def merge_exactly(
    iid: int, head_sha: str, read: Callable[[], MergeRequest], send: Callable[[], object]
) -> str:
    """The merge commit. ConflictError when the head is another one, before or after, or the forge does not merge it."""
    before = read()
    if before.head_sha != head_sha:
        raise ConflictError(
            "FORGE-007",
            f"Merge request !{iid} sudah bergeser",
            found=f"kepala {before.head_sha[:12]}",
            needed=f"kepala {head_sha[:12]}",
            next_step="tinjau kepala yang baru, lalu ulangi perintah yang sama",
        )
    if before.state != "merged":
        # Asking again for a merged one is refused; the state read afterwards decides.
        try:
            send()
        except (ConflictError, TemporaryError):
            if read().state != "merged":
                raise
    after = read()
    if after.state != "merged" or after.merge_sha is None or after.head_sha != head_sha:
        raise ConflictError(
            "FORGE-007",
            f"Merge request !{iid} belum tergabung",
            found=f"keadaan {after.state}, {after.mergeable}",
            next_step=f"buka merge request !{iid}, lalu ulangi perintah yang sama",
        )
    return after.merge_sha
