package io.croft.lucene;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The indexes that have a writer open, in the order of their last use, so that there are not more than so many. An
 * index whose writer is busy is passed over; if all are, there is one more for a while, as many as there are threads
 * that write. Thread-safe.
 */
final class OpenWriters {

    private final int most;
    private final Set<ScopeIndex> byLastUse = new LinkedHashSet<>();

    OpenWriters(int most) {
        this.most = most;
    }

    /** Notes that an index uses its writer, and closes those of others that are too many. */
    void used(ScopeIndex index) {
        for (ScopeIndex other : use(index)) {
            if (other != index && other.closeIdleWriter()) {
                closed(other);
                if (count() <= most) {
                    return;
                }
            }
        }
    }

    /** Notes that an index has no writer any more. */
    synchronized void closed(ScopeIndex index) {
        byLastUse.remove(index);
    }

    synchronized int count() {
        return byLastUse.size();
    }

    /** Returns the indexes to look at, if there are too many. */
    private synchronized List<ScopeIndex> use(ScopeIndex index) {
        byLastUse.remove(index);
        byLastUse.add(index);
        return byLastUse.size() > most ? new ArrayList<>(byLastUse) : List.of();
    }
}
