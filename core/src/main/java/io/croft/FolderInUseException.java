package io.croft;

import org.jspecify.annotations.Nullable;

/** The index folder belongs to another running process. Each process needs a folder of its own. */
public final class FolderInUseException extends CroftException {

    private static final long serialVersionUID = 1L;

    public FolderInUseException(String message) {
        super(message);
    }

    public FolderInUseException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
