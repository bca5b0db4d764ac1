"""Tables of pipelines, jobs and what they leave."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS ci_pipelines (
  id INTEGER PRIMARY KEY, iid INTEGER NOT NULL, project_id INTEGER NOT NULL, ref TEXT NOT NULL, tag INTEGER NOT NULL, sha TEXT NOT NULL,
  before_sha TEXT NOT NULL, source TEXT NOT NULL, status TEXT NOT NULL, name TEXT, user_id INTEGER NOT NULL, mr_id INTEGER,
  protected INTEGER NOT NULL, config_source TEXT NOT NULL, config_path TEXT NOT NULL, yaml_errors TEXT, variables TEXT NOT NULL DEFAULT '{}',
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, started_at TEXT, finished_at TEXT, bridge_id INTEGER);
CREATE INDEX IF NOT EXISTS ci_pipelines_project ON ci_pipelines (project_id, sha);
CREATE INDEX IF NOT EXISTS ci_pipelines_mr ON ci_pipelines (mr_id);

CREATE TABLE IF NOT EXISTS ci_jobs (
  id INTEGER PRIMARY KEY, pipeline_id INTEGER NOT NULL, project_id INTEGER NOT NULL, name TEXT NOT NULL, stage TEXT NOT NULL,
  stage_index INTEGER NOT NULL, status TEXT NOT NULL, spec TEXT NOT NULL, allow_failure INTEGER NOT NULL, retried INTEGER NOT NULL DEFAULT 0,
  user_id INTEGER NOT NULL, resource_group TEXT, runner_id INTEGER, token_digest TEXT, cancel_requested INTEGER NOT NULL DEFAULT 0,
  failure_reason TEXT, exit_code INTEGER, coverage REAL, dotenv TEXT NOT NULL DEFAULT '{}', artifacts_expire_at TEXT,
  created_at TEXT NOT NULL, queued_at TEXT, started_at TEXT, finished_at TEXT, erased_at TEXT);
CREATE INDEX IF NOT EXISTS ci_jobs_pipeline ON ci_jobs (pipeline_id);
CREATE INDEX IF NOT EXISTS ci_jobs_project ON ci_jobs (project_id);
CREATE INDEX IF NOT EXISTS ci_jobs_waiting ON ci_jobs (status) WHERE status IN ('pending', 'running', 'waiting_for_resource');
CREATE INDEX IF NOT EXISTS ci_jobs_token ON ci_jobs (token_digest) WHERE token_digest IS NOT NULL;

CREATE TABLE IF NOT EXISTS ci_files (
  id INTEGER PRIMARY KEY, job_id INTEGER NOT NULL, file_type TEXT NOT NULL, filename TEXT NOT NULL, size INTEGER NOT NULL, file_format TEXT NOT NULL,
  UNIQUE (job_id, file_type));
"""
