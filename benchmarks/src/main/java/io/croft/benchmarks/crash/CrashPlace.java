package io.croft.benchmarks.crash;

/** The places in the life of an index at which a process is killed. */
enum CrashPlace {
    /** A file of a segment is written in part. */
    FILE_HALF_WRITTEN,
    /** The documents of a batch are in memory. */
    DOCUMENTS_WRITTEN,
    /** A commit's files are written, none is synced. */
    BEFORE_SYNC,
    /** They are synced; the commit does not count yet. */
    COMMIT_PREPARED,
    /** Before the renaming that makes the commit count. */
    BEFORE_RENAME,
    /** After it, before anybody was told. */
    AFTER_RENAME,
    /** The commit counts. */
    COMMITTED,
    /** Files that no commit needs any more are being deleted. */
    OLD_FILES_DELETED,
    /** Segments are being merged. */
    MERGING,
    /** A writer has given its lock back. */
    WRITER_CLOSED,
    /** An index is being opened and checked. */
    OPENING,
    /** A new generation is being written. */
    REBUILD_WRITING,
    /** It is written and not committed. */
    REBUILD_BEFORE_COMMIT,
    /** It is committed and not yet in use; the old one is there too. */
    REBUILD_COMMITTED,
    /** A generation that was replaced was closed and is about to be removed. */
    OLD_GENERATION_CLOSED,
    /** An index is in the trash, and some of its files are deleted. */
    TRASH_HALF_REMOVED,
    /** An index was dropped, and the next one is not there yet. */
    DROPPED,
    /** The files of a snapshot are linked and not copied yet. */
    SNAPSHOT_LINKED,
    /** A snapshot's files are in the place of the index and not opened yet. */
    RESTORE_ADOPTED,
    /** The generation before is back in its place and not opened yet. */
    ROLLED_BACK
}
