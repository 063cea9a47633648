package io.croft;

/**
 * The organisation moves to another database, or has moved there: see {@link ShardedJobQueue#move}. Nothing was done.
 * Begin anew, with a transaction of the host's own in the database where the organisation is then.
 */
public final class OrgMovedException extends CroftException {

    private static final long serialVersionUID = 1L;

    public OrgMovedException(String message) {
        super(message);
    }
}
