"""Prints results in the asked shape and saves them in others. The edge of every judging command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from . import keluaran
from .model import EXIT_USAGE, Result
from .tempat import make_way

OUTPUTS = ("teks", "json", "junit", "codequality", "gitlab", "github")


def add_output_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keluaran", choices=OUTPUTS, default="teks", help="bentuk keluaran")
    parser.add_argument(
        "--simpan",
        action="append",
        default=[],
        metavar="BENTUK=F",
        help="simpan juga dalam bentuk lain ke berkas; boleh berulang",
    )
    parser.add_argument(
        "--lampirkan",
        action="append",
        default=[],
        metavar="F",
        help="artefak pekerjaan ini untuk dibaca orang (misalnya grafik); tautannya ikut ditampilkan",
    )


def show(
    results: list[tuple[Result, str]],
    command: str,
    options: argparse.Namespace,
    environ: Mapping[str, str] = os.environ,
) -> int:
    """Prints the results, saves them in further shapes, and returns the exit code: 0 only if all passed."""
    from . import bentuk

    attached = bentuk.attachments([one for one in options.lampirkan if Path(one).is_file()], environ)

    def render(kind: str) -> str:
        if kind == "json":
            texts = [keluaran.as_json(result, command) for result, _ in results]
            return texts[0] if len(texts) == 1 else "[" + ",\n".join(texts) + "]"
        if kind == "teks":
            texts = [keluaran.as_text(result, title) for result, title in results]
            return "\n".join([*texts, *bentuk.reading(attached)])
        if kind == "gitlab":
            return bentuk.gitlab(results, environ, attached)
        if kind == "github":
            return bentuk.github(results, attached)
        return {"junit": bentuk.junit, "codequality": bentuk.codequality}[kind](results)

    print(render(options.keluaran).rstrip("\n"))
    for wanted in options.simpan:
        kind, _, path = wanted.partition("=")
        if kind not in OUTPUTS or not path:
            print(f"--simpan {wanted}: bentuk salah satu dari {', '.join(OUTPUTS)}", file=sys.stderr)
            return EXIT_USAGE
        make_way(Path(path))
        Path(path).write_text(render(kind), "utf-8")
    summary = environ.get("GITHUB_STEP_SUMMARY")
    if options.keluaran == "github" and summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(bentuk.github_summary(results, attached))
    return max(result.exit_code for result, _ in results)
