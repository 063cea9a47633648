package io.croft;

/** The actor's role does not permit the call. Nothing was done; the same call by the same actor fails again. */
public final class NotPermittedException extends CroftException {

    private static final long serialVersionUID = 1L;

    public NotPermittedException(String message) {
        super(message);
    }
}
