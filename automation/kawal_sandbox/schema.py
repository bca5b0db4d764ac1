"""Tables of the embedded forge. Columns for what is searched, JSON text for what is only stored."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS users (
  id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE COLLATE NOCASE, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE COLLATE NOCASE,
  admin INTEGER NOT NULL DEFAULT 0, bot INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'active', created_at TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS tokens (
  id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, scopes TEXT NOT NULL,
  source TEXT NOT NULL DEFAULT 'user', source_id INTEGER, expires_at TEXT, revoked INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS tokens_source ON tokens (source, source_id);
CREATE INDEX IF NOT EXISTS tokens_user ON tokens (user_id);

-- Groups and personal namespaces. trail = '/1/5/9/': the ids from the top-level group down to this one.
CREATE TABLE IF NOT EXISTS namespaces (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, parent_id INTEGER, owner_id INTEGER, name TEXT NOT NULL, path TEXT NOT NULL,
  full_path TEXT NOT NULL UNIQUE COLLATE NOCASE, trail TEXT NOT NULL, visibility TEXT NOT NULL, data TEXT NOT NULL DEFAULT '{}',
  marked_for_deletion_on TEXT, created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS namespaces_parent ON namespaces (parent_id);
CREATE INDEX IF NOT EXISTS namespaces_trail ON namespaces (trail);

CREATE TABLE IF NOT EXISTS projects (
  id INTEGER PRIMARY KEY, namespace_id INTEGER NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL,
  full_path TEXT NOT NULL UNIQUE COLLATE NOCASE,
  visibility TEXT NOT NULL, default_branch TEXT NOT NULL, empty INTEGER NOT NULL DEFAULT 1, archived INTEGER NOT NULL DEFAULT 0,
  creator_id INTEGER NOT NULL, settings TEXT NOT NULL DEFAULT '{}', marked_for_deletion_on TEXT,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, last_activity_at TEXT NOT NULL, UNIQUE (namespace_id, name));
CREATE INDEX IF NOT EXISTS projects_visibility ON projects (visibility);
CREATE TABLE IF NOT EXISTS redirects (full_path TEXT PRIMARY KEY COLLATE NOCASE, project_id INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS iids (project_id INTEGER NOT NULL, kind TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (project_id,
  kind)) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS members (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, source_id INTEGER NOT NULL, user_id INTEGER NOT NULL, access_level INTEGER NOT NULL,
  expires_at TEXT, created_by INTEGER, created_at TEXT NOT NULL, UNIQUE (source, source_id, user_id));
CREATE INDEX IF NOT EXISTS members_user ON members (user_id, source);
CREATE TABLE IF NOT EXISTS shares (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, source_id INTEGER NOT NULL, group_id INTEGER NOT NULL, access_level INTEGER NOT NULL,
  expires_at TEXT, UNIQUE (source, source_id, group_id));

CREATE TABLE IF NOT EXISTS protections (
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, push_level INTEGER, merge_level INTEGER,
  create_level INTEGER, allow_force_push INTEGER NOT NULL DEFAULT 0, UNIQUE (project_id, kind, name));

CREATE TABLE IF NOT EXISTS variables (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, source_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  environment_scope TEXT NOT NULL DEFAULT '*', protected INTEGER NOT NULL DEFAULT 0, masked INTEGER NOT NULL DEFAULT 0,
  hidden INTEGER NOT NULL DEFAULT 0, raw INTEGER NOT NULL DEFAULT 0, variable_type TEXT NOT NULL DEFAULT 'env_var', description TEXT,
  UNIQUE (source, source_id, key, environment_scope));

CREATE TABLE IF NOT EXISTS labels (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, source_id INTEGER NOT NULL, name TEXT NOT NULL, color TEXT NOT NULL, description TEXT,
  priority INTEGER, UNIQUE (source, source_id, name));
CREATE TABLE IF NOT EXISTS label_links (
  target TEXT NOT NULL, target_id INTEGER NOT NULL, label_id INTEGER NOT NULL, PRIMARY KEY (target, target_id, label_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS label_links_label ON label_links (label_id, target);
CREATE TABLE IF NOT EXISTS label_events (
  id INTEGER PRIMARY KEY, target TEXT NOT NULL, target_id INTEGER NOT NULL, label_id INTEGER NOT NULL, user_id INTEGER NOT NULL,
  action TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS label_events_target ON label_events (target, target_id);

CREATE TABLE IF NOT EXISTS milestones (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, source_id INTEGER NOT NULL, iid INTEGER NOT NULL, title TEXT NOT NULL, description TEXT,
  state TEXT NOT NULL DEFAULT 'active', due_date TEXT, start_date TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
  UNIQUE (source, source_id, title));

CREATE TABLE IF NOT EXISTS issues (
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, iid INTEGER NOT NULL, title TEXT NOT NULL, description TEXT,
  state TEXT NOT NULL DEFAULT 'opened',
  author_id INTEGER NOT NULL, assignee_ids TEXT NOT NULL DEFAULT '[]', milestone_id INTEGER, due_date TEXT,
  confidential INTEGER NOT NULL DEFAULT 0,
  issue_type TEXT NOT NULL DEFAULT 'issue', discussion_locked INTEGER, closed_at TEXT, closed_by INTEGER,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, UNIQUE (project_id, iid));
CREATE INDEX IF NOT EXISTS issues_milestone ON issues (milestone_id);
CREATE TABLE IF NOT EXISTS issue_links (
  id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL, target_id INTEGER NOT NULL, link_type TEXT NOT NULL, UNIQUE (source_id, target_id));

CREATE TABLE IF NOT EXISTS merge_requests (
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, iid INTEGER NOT NULL, title TEXT NOT NULL, description TEXT,
  state TEXT NOT NULL DEFAULT 'opened',
  source_branch TEXT NOT NULL, target_branch TEXT NOT NULL, author_id INTEGER NOT NULL, assignee_ids TEXT NOT NULL DEFAULT '[]',
  reviewer_ids TEXT NOT NULL DEFAULT '[]', milestone_id INTEGER, head_sha TEXT, merge_commit_sha TEXT, squash_commit_sha TEXT,
  squash INTEGER NOT NULL DEFAULT 0, remove_source_branch INTEGER NOT NULL DEFAULT 0, merged_by INTEGER, merged_at TEXT, closed_by INTEGER,
  closed_at TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, UNIQUE (project_id, iid));
CREATE INDEX IF NOT EXISTS merge_requests_source ON merge_requests (project_id, source_branch, state);
CREATE TABLE IF NOT EXISTS mr_versions (
  id INTEGER PRIMARY KEY, mr_id INTEGER NOT NULL, head_sha TEXT NOT NULL, base_sha TEXT NOT NULL, start_sha TEXT NOT NULL,
  created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS mr_versions_mr ON mr_versions (mr_id);
CREATE TABLE IF NOT EXISTS approvals (
  id INTEGER PRIMARY KEY, mr_id INTEGER NOT NULL, user_id INTEGER NOT NULL, created_at TEXT NOT NULL, UNIQUE (mr_id, user_id));

CREATE TABLE IF NOT EXISTS notes (
  id INTEGER PRIMARY KEY, target TEXT NOT NULL, target_id INTEGER NOT NULL, project_id INTEGER NOT NULL, author_id INTEGER NOT NULL,
  body TEXT NOT NULL,
  system INTEGER NOT NULL DEFAULT 0, internal INTEGER NOT NULL DEFAULT 0, discussion_id TEXT NOT NULL,
  resolvable INTEGER NOT NULL DEFAULT 0,
  resolved_by INTEGER, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS notes_target ON notes (target, target_id);

CREATE TABLE IF NOT EXISTS hooks (
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, url TEXT NOT NULL, token TEXT, signing_token TEXT, data TEXT NOT NULL,
  created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS hooks_project ON hooks (project_id);
CREATE TABLE IF NOT EXISTS hook_log (
  id INTEGER PRIMARY KEY, hook_id INTEGER NOT NULL, trigger TEXT NOT NULL, url TEXT NOT NULL, uuid TEXT NOT NULL,
  request_headers TEXT NOT NULL,
  request_data TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending', response_status TEXT, response_headers TEXT, response_body TEXT,
  execution_duration REAL, created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS hook_log_hook ON hook_log (hook_id);
CREATE INDEX IF NOT EXISTS hook_log_pending ON hook_log (state) WHERE state = 'pending';

CREATE TABLE IF NOT EXISTS packages (
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, creator_id INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (project_id, name, version));
CREATE TABLE IF NOT EXISTS package_files (
  id INTEGER PRIMARY KEY, package_id INTEGER NOT NULL, file_name TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
  created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS package_files_package ON package_files (package_id, file_name);

CREATE TABLE IF NOT EXISTS statuses (
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, sha TEXT NOT NULL, ref TEXT, name TEXT NOT NULL, status TEXT NOT NULL,
  description TEXT,
  target_url TEXT, author_id INTEGER NOT NULL, pipeline_id INTEGER, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS statuses_sha ON statuses (project_id, sha);

CREATE TABLE IF NOT EXISTS environments (
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, name TEXT NOT NULL, slug TEXT NOT NULL, external_url TEXT, tier TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'available', created_at TEXT NOT NULL, updated_at TEXT NOT NULL, UNIQUE (project_id, name));
CREATE TABLE IF NOT EXISTS deployments (
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, iid INTEGER NOT NULL, environment_id INTEGER NOT NULL, ref TEXT NOT NULL,
  tag INTEGER NOT NULL,
  sha TEXT NOT NULL, status TEXT NOT NULL, user_id INTEGER NOT NULL, job_id INTEGER, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS deployments_project ON deployments (project_id, environment_id);
CREATE TABLE IF NOT EXISTS releases (
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, tag_name TEXT NOT NULL, name TEXT, description TEXT, author_id INTEGER NOT NULL,
  created_at TEXT NOT NULL, released_at TEXT NOT NULL, UNIQUE (project_id, tag_name));

CREATE TABLE IF NOT EXISTS job_token_allowlist (project_id INTEGER NOT NULL, kind TEXT NOT NULL, target_id INTEGER NOT NULL,
  PRIMARY KEY (project_id, kind, target_id)) WITHOUT ROWID;

-- Deploy keys, deploy tokens and pipeline triggers: what opens a project without being a user.
CREATE TABLE IF NOT EXISTS deploy_access (
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS deploy_access_project ON deploy_access (project_id, kind);

-- What only GitHub knows: rulesets, hooks, invitations, placed runs; `data` is JSON.
CREATE TABLE IF NOT EXISTS gh_things (
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, data TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS gh_things_project ON gh_things (project_id, kind);
CREATE TABLE IF NOT EXISTS gh_reviews (
  id INTEGER PRIMARY KEY, mr_id INTEGER NOT NULL, user_id INTEGER NOT NULL, state TEXT NOT NULL, commit_id TEXT NOT NULL,
  body TEXT NOT NULL, submitted_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS gh_reviews_mr ON gh_reviews (mr_id);
CREATE TABLE IF NOT EXISTS gh_rule_refs (project_id INTEGER NOT NULL, kind TEXT NOT NULL, pattern TEXT NOT NULL,
  PRIMARY KEY (project_id, kind, pattern)) WITHOUT ROWID;
"""

LATER_COLUMNS = (("users", "public_email", "TEXT NOT NULL DEFAULT ''"),)
"""(table, column, definition) of what came after the first data folders: an older folder gets them when it is opened."""
