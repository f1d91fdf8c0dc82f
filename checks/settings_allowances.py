"""Configuration parameters that may differ between a source and its copy, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _with(reason: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), reason)


MAY_DIFFER: Mapping[str, str] = MappingProxyType(
    {
        **_with("where files lie on the machine", "config_file data_directory hba_file ident_file"),
        **_with("where files lie on the machine", "external_pid_file krb_server_keyfile"),
        **_with("where files lie on the machine", "stats_temp_directory data_directory_mode"),
        **_with("where files lie on the machine", "ssl_ca_file ssl_cert_file ssl_crl_dir"),
        **_with("where files lie on the machine", "ssl_crl_file ssl_dh_params_file ssl_key_file"),
        **_with("how the machine is reached", "port listen_addresses unix_socket_directories"),
        **_with("how the machine is reached", "unix_socket_group unix_socket_permissions bonjour"),
        **_with("how the machine is reached", "bonjour_name tcp_keepalives_count"),
        **_with("how the machine is reached", "tcp_keepalives_idle tcp_keepalives_interval"),
        **_with("how the machine is reached", "tcp_user_timeout client_connection_check_interval"),
        **_with("the name of the server in a process list", "cluster_name update_process_title"),
        **_with("memory of the machine", "shared_buffers huge_pages huge_page_size wal_buffers"),
        **_with("memory of the machine", "huge_pages_status shared_memory_size"),
        **_with("memory of the machine", "shared_memory_size_in_huge_pages shared_memory_type"),
        **_with("memory of the machine", "dynamic_shared_memory_type effective_cache_size"),
        **_with("memory of the machine", "min_dynamic_shared_memory num_os_semaphores"),
        **_with("memory of the machine", "max_stack_depth max_files_per_process"),
        **_with("disks of the machine", "effective_io_concurrency maintenance_io_concurrency"),
        **_with("disks of the machine", "io_method io_workers io_combine_limit"),
        **_with("disks of the machine", "io_max_combine_limit io_max_concurrency"),
        **_with("disks of the machine", "wal_sync_method file_copy_method file_extend_method"),
        **_with("disks of the machine", "recovery_init_sync_method"),
        **_with("the server's log, not its data", "logging_collector event_source lc_messages"),
        **_with("the server's log, not its data", "syslog_facility syslog_ident"),
        **_with("the server's log, not its data", "syslog_sequence_numbers syslog_split_messages"),
        **_with("how the programs were built", "ssl_library jit_provider extension_destdir"),
        **_with("told apart: the versions of the two servers", "server_version server_version_num"),
        **_with("a state, judged by itself", "in_hot_standby transaction_read_only"),
        **_with("of this session", "application_name client_encoding transaction_deferrable"),
        **_with("of this session", "transaction_isolation"),
    }
)
"""Name → why a difference says nothing about the restore. All ``log_…`` may differ too."""

LOG = "log_"

QUARANTINED: Mapping[str, str] = MappingProxyType(
    {
        # What fixtures/postgres/isolation.py sets, or a quarantine parameter group (DESIGN 5).
        **_with("off in quarantine: no archive is written to", "archive_mode archive_command"),
        **_with("off in quarantine: no archive is written to", "archive_library archive_timeout"),
        **_with("off in quarantine: no subscription runs", "max_logical_replication_workers"),
        **_with("empty in quarantine: no scheduler runs", "shared_preload_libraries"),
        **_with("empty in quarantine: no scheduler runs", "session_preload_libraries"),
        **_with("empty in quarantine: no scheduler runs", "local_preload_libraries"),
        **_with("off in quarantine: nobody confirms commits", "synchronous_standby_names"),
        **_with("off in quarantine: nobody confirms commits", "synchronized_standby_slots"),
        **_with("off in quarantine: no standby", "primary_conninfo primary_slot_name"),
        **_with("off in quarantine: no standby", "sync_replication_slots hot_standby_feedback"),
        **_with("off in quarantine: reached by socket or tunnel only", "ssl"),
        **_with("of the recovery that made the copy", "restore_command archive_cleanup_command"),
        **_with("of the recovery that made the copy", "recovery_end_command recovery_prefetch"),
        **_with("of the recovery that made the copy", "recovery_min_apply_delay hot_standby"),
        **_with("of the recovery that made the copy", "recovery_target recovery_target_action"),
        **_with("of the recovery that made the copy", "recovery_target_inclusive"),
        **_with("of the recovery that made the copy", "recovery_target_lsn recovery_target_name"),
        **_with("of the recovery that made the copy", "recovery_target_time recovery_target_xid"),
        **_with("of the recovery that made the copy", "recovery_target_timeline"),
        **_with("of the recovery that made the copy", "promote_trigger_file"),
    }
)
"""Name → why a copy that is kept away from production has it otherwise. Not once it is adopted."""

OF_OUR_SESSION: Mapping[str, str] = MappingProxyType(
    {
        "default_transaction_read_only": "the session that read it has it on, to harm nothing; "
        "whether the copy takes writes is tried"
    }
)
"""Name → why it may differ where one side was read by a session that sets it itself."""

PRELOADED = "its library is not loaded in quarantine"
"""Why a parameter of a library is not there at all."""

NOT_LOWER = frozenset(
    {
        "max_connections",
        "max_worker_processes",
        "max_wal_senders",
        "max_prepared_transactions",
        "max_locks_per_transaction",
        "max_replication_slots",
    }
)
"""A copy may have more: with less it does not start, or not recover (row 28)."""

REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "fsync": "Switch it on and restore again: what was written without it may be lost.",
        "full_page_writes": "Switch it on: a crash while a page is written destroys the page.",
        "data_checksums": "Restore into a cluster made with checksums: damage would go unseen.",
        "wal_level": "Set it as the source has it and restart: replication and backups need it.",
        "TimeZone": "Set it as the source has it: times without a zone mean something else.",
        "default_text_search_config": "Set it as the source has it: searches find other rows.",
        "server_encoding": "Restore into a database of the source's encoding.",
        "block_size": "Restore with programs built as the source's are.",
        "wal_segment_size": "Restore into a cluster made with the source's --wal-segsize.",
        "track_commit_timestamp": "Set it as the source has it and restart: commits have no times.",
        "default_transaction_read_only": "Set it as the source has it: the copy takes no writes.",
        "row_security": "Set it as the source has it: or queries fail that policies restrict.",
    }
)
"""Parameters that change results or safety without a word."""

BECAUSE_LOWER = (
    "Raise it to the source's at least, and restart: with less, a recovery of this cluster stops."
)
AS_THE_SOURCE = "Set it as the source has it, in the copy's files or parameter group; verify again."
ALTERED = "Run ALTER SYSTEM SET as the source has it, then reload or restart; verify again."
RESTART = "Restart the copy, or take the change out of its files: it runs with the old value."

SECRET_WORDS = (
    "conninfo",
    "command",
    "passphrase",
    "password",
    "secret",
    "token",
    "credential",
    "apikey",
    "api_key",
    "access_key",
)
"""Values of parameters that are called so are compared, never shown."""

NO_SECRET = frozenset(
    {"password_encryption", "md5_password_warnings", "ssl_passphrase_command_supports_reload"}
)


def allowed(name: str, *, quarantined: bool) -> str | None:
    """Why this parameter may differ; None where it may not."""
    if name in MAY_DIFFER:
        return MAY_DIFFER[name]
    if name.startswith(LOG):
        return "the server's log, not its data"
    return QUARANTINED.get(name) if quarantined else None


def secret(name: str) -> bool:
    """Whether the value may be a password, or hold one."""
    return name not in NO_SECRET and any(word in name.lower() for word in SECRET_WORDS)
