"""What every lint rule yields, and the words that rules share."""

from __future__ import annotations

import re
from typing import NamedTuple


class Hit(NamedTuple):
    where: str  # job, or `job: keyword`
    text: str


# Names that change which program, library, certificate or configuration a job uses, or what the forge told it (rows 15-18, 21).
DANGEROUS_VARIABLE = re.compile(
    r"(?i)(CI|CI_.*|GITLAB_.*|GITHUB_.*|RUNNER_.*|ACTIONS_.*|KAWAL_.*|GATE_URL|PATH|HOME|SHELL|ENV|BASH_ENV|BASH_FUNC.*|IFS|LD_.*|DYLD_.*|PYTHON.*|"
    r"NODE_.*|NPM_.*|PERL5.*|RUBYOPT|PHPRC|PHP_INI_SCAN_DIR|GIT_(?!STRATEGY$|DEPTH$).*|SSL_.*|CURL_.*|REQUESTS_CA_BUNDLE|.*_PROXY|PIP_.*|UV_.*|"
    r"LOCUST_.*|BANDIT_.*|SEMGREP_.*|TMPDIR|FF_.*|SECURE_.*|DOCKER_.*)"
)
OUR_TOOL = re.compile(r"\bkawal[_-](checks|load|target)\b")
ISOLATED = re.compile(r"python3? -I -m kawal_(checks|load)( |$)")
# A verdict is the exit code of our tool: nothing may stand between it and the job.
SWALLOWS = re.compile(
    r"\|\||&&|[;|&`!]|\$\(|<\(|^\s*(if|while|until|for|time|exec|eval|env|nohup|bash|sh|timeout|command)\b"
)
LOOSENS = re.compile(
    r"(?m)(^|[;&|]\s*)\s*(set \+[a-z]*e|set \+o (errexit|pipefail)|trap\b|exit 0\b|return 0\b|alias\b|unset\b|shopt\b)|\bfunction \w|\w+ *\(\) *\{"
)


def without_quotes(line: str) -> str:
    """`line` without what stands in quotes, so that a URL's `&` is no operator. `$(…)` works inside double quotes, so it stays."""
    line = re.sub(r"'[^']*'", "", line)
    return re.sub(r'"[^"`$]*(\$(?!\()[^"`$]*)*"', "", line)
